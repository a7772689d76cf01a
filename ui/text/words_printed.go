package text

// PrintedWords are the words of what the commands print beside what the screens show.
type PrintedWords struct {
	Synced    Safe            // account, folder; new, changed, removed, all
	States    map[string]Safe // of outbox entries
	QueuedAs  Safe            // state, server, id
	Entry     Safe            // tries
	Verbs     map[string]Safe // of changes
	Changed   Safe            // verb, count
	ChangedTo Safe            // verb, count, folder
	File      Safe            // number, name, octets, part
	OnDisk    Safe

	HostHead      [5]Safe // of the tables of serve
	UserHead      [2]Safe
	FaultHead     [3]Safe
	Ready         Safe // world file
	DNS           Safe // address
	CAFile, World Safe
	FaultsRead    Safe // path
	FaultsStay    Safe // why
}

func englishPrinted() PrintedWords {
	return PrintedWords{
		Synced: "%s %s: %d new, %d changed, %d removed, %d in all",
		States: map[string]Safe{"queued": "queued", "claimed": "claimed", "sending": "sending", "unknown": "unknown", "accepted": "accepted",
			"filed": "filed", "refused": "refused"},
		QueuedAs: "%s by %s, queued as %s", Entry: "%d tries",
		Verbs:   map[string]Safe{"flag": "flag", "move": "move", "copy": "copy", "delete": "delete", "remove": "remove", "undo": "undo"},
		Changed: "%s: %d", ChangedTo: "%s: %d to %s", File: "[%d] %s  %d octets  part %s", OnDisk: "on disk",
		HostHead: [5]Safe{"host", "address", "protocol", "TLS", "listen"}, UserHead: [2]Safe{"user", "password"},
		FaultHead: [3]Safe{"fault", "who meets it", "what it is"},
		Ready:     "Ready. Another todoku joins with --sandbox=%s", DNS: "%s (UDP and TCP)", CAFile: "CA file", World: "world",
		FaultsRead: "read %s again", FaultsStay: "the faults stay as they were: %s",
	}
}

func japanesePrinted() PrintedWords {
	return PrintedWords{
		Synced: "%s %s: 新着 %d、変更 %d、削除 %d、全 %d 通",
		States: map[string]Safe{"queued": "送信待ち", "claimed": "処理中", "sending": "送信中", "unknown": "不明", "accepted": "受付済み",
			"filed": "送信済み", "refused": "拒否"},
		QueuedAs: "%s: %s が %s として受付", Entry: "試行 %d 回",
		Verbs:   map[string]Safe{"flag": "印", "move": "移動", "copy": "複写", "delete": "削除", "remove": "完全に削除", "undo": "取り消し"},
		Changed: "%s: %d 通", ChangedTo: "%s: %d 通、%s へ", File: "[%d] %s  %d オクテット  部分 %s", OnDisk: "手元",
		HostHead: [5]Safe{"ホスト", "アドレス", "プロトコル", "TLS", "待ち受け"}, UserHead: [2]Safe{"ユーザー", "パスワード"},
		FaultHead: [3]Safe{"障害", "起こる宛先", "内容"},
		Ready:     "準備ができました。別のtodokuは --sandbox=%s で加わります。", DNS: "%s (UDPとTCP)", CAFile: "CAファイル", World: "世界ファイル",
		FaultsRead: "%s を読み直しました", FaultsStay: "障害はそのままです: %s",
	}
}

package text

// MailboxWords are the words of the mailbox screen.
type MailboxWords struct {
	Count        Safe // unread, total
	Hits         Safe // shown, total, words
	Marked       Safe // marked
	Online       Safe
	Synced       Safe // time
	NeverSynced  Safe
	OfflineSince Safe // time
	OnDisk       Safe
	Empty        Safe
	EmptyLimit   Safe // words
	Loading      Safe
	NoSubject    Safe
	NoSender     Safe
	NewAbove     Safe // count
	NoUnread     Safe
	Find         Safe
	NoHit        Safe // words
	HitOf        Safe // at, of, words
	Limit        Safe
	LimitOff     Safe
	Pattern      Safe
	PatternDone  Safe // count, words
	RangeOn      Safe
	RangeDone    Safe // count
	MarksOff     Safe
	Orders       [5]Safe // newest, oldest, sender, subject, size
	Ordered      Safe    // order
	Sorting      Safe
	MoveTo       Safe
	CopyTo       Safe
	Folders      Safe
	FolderRow    Safe // unread, total
	One          Safe // subject
	Many         Safe // count
	Moved        Safe // what, folder
	CopiedTo     Safe // what, folder
	Archived     Safe // what
	Deleted      Safe // what, folder
	Removed      Safe // what
	FlagOn       Safe // what
	FlagOff      Safe // what
	SeenOff      Safe // what
	SeenOn       Safe // what
	Unconfirmed  Safe // sentence
	Unsure       Safe // sentence; where the other does not fit
	Undone       Safe // what
	DeleteAsk    Safe // count
	DeleteOne    Safe
	Refused      Safe // count
	SyncedNow    Safe // new, changed, removed
	SyncedNone   Safe
	Sync         map[string]Safe // what a sync does now, by session.Progress.Doing
	Syncing      Safe
	Offline      Safe // account, error
	NoTwin       Safe // account
	TwinNow      Safe // address, protocol
	ByProtocol   Safe // protocol
	NothingWrong Safe
	NoMessage    Safe
	ReadFail     Safe // error
	ListFail     Safe // error
	ChangeFail   Safe // what, error
	Reading      Safe
	Vanished     Safe
	Asking       Safe
	SwitchedTo   Safe // account
	UndoHint     Safe // sentence
	Name         Safe
	OpenFolder   Safe
	CompareKey   Safe
	BounceSilent Safe
	Agree        Safe
	AgreeNot     Safe
	AboutBounce  Safe
}

func englishMailbox() MailboxWords {
	return MailboxWords{
		Count:        "%s new of %s",
		Hits:         "%s of %s with \"%s\"",
		Marked:       "%s marked",
		Online:       "online",
		Synced:       "synced %s",
		NeverSynced:  "not asked yet",
		OfflineSince: "offline since %s",
		OnDisk:       "on disk",
		Empty:        "No mail here. m writes, ctrl+r asks the server.",
		EmptyLimit:   "No message here holds \"%s\". esc shows all.",
		Loading:      "reading the folder",
		NoSubject:    "(no subject)",
		NoSender:     "(no sender)",
		NewAbove:     "%s new above. ] goes to the next unread.",
		NoUnread:     "No other unread message in this folder.",
		Find:         "find",
		NoHit:        "No message here holds \"%s\".",
		HitOf:        "%s of %s with \"%s\". n next, N previous.",
		Limit:        "limit to",
		LimitOff:     "All messages are shown again.",
		Pattern:      "mark those with",
		PatternDone:  "Marked %s with \"%s\".",
		RangeOn:      "A range begins here. Move, then V again.",
		RangeDone:    "%s marked.",
		MarksOff:     "No message is marked any more.",
		Orders:       [5]Safe{"newest first", "oldest first", "by sender", "by subject", "largest first"},
		Ordered:      "Order: %s.",
		Sorting:      "putting the list in order",
		MoveTo:       "move to folder",
		CopyTo:       "copy to folder",
		Folders:      "folders",
		FolderRow:    "%s new of %s",
		One:          "\"%s\"",
		Many:         "%s messages",
		Moved:        "Moved %s to %s.",
		CopiedTo:     "Copied %s to %s.",
		Archived:     "Archived %s.",
		Deleted:      "Moved %s to %s.",
		Removed:      "Removed %s for good.",
		FlagOn:       "Flagged %s.",
		FlagOff:      "Took the flag off %s.",
		SeenOff:      "Marked %s unread.",
		SeenOn:       "Marked %s read.",
		Unsure:       "%s Not confirmed (~). u undoes.",
		Unconfirmed:  "%s The server has not confirmed yet (~). u undoes.",
		Undone:       "Took back what was done to %s.",
		DeleteAsk:    "Delete %s messages for good?",
		DeleteOne:    "Delete this message for good?",
		Refused:      "The server refused %s changes; they are put back.",
		SyncedNow:    "%s new, %s changed, %s gone.",
		SyncedNone:   "Nothing new.",
		Sync: map[string]Safe{"connect": "connecting", "folders": "reading the folder list", "list": "getting new mail",
			"flags": "comparing flags", "bodies": "getting messages", "changes": "telling the server"},
		Syncing:      "asking the server",
		Offline:      "%s could not be reached: %s.",
		NoTwin:       "%s is set up for one protocol only.",
		TwinNow:      "%s by %s.",
		ByProtocol:   "by %s",
		NothingWrong: "Nothing went wrong here that could be explained.",
		NoMessage:    "No message is chosen.",
		ReadFail:     "This message could not be read: %s.",
		ListFail:     "The folder could not be read: %s.",
		ChangeFail:   "Nothing was changed: %s.",
		Reading:      "opening the message",
		Vanished:     "That message is gone; the next one is shown.",
		Asking:       "asking the server",
		SwitchedTo:   "Now %s.",
		UndoHint:     "%s u undoes.",
		Name:         "mailbox",
		OpenFolder:   "open folder",
		CompareKey:   "POP3 beside IMAP",
		Agree:        "fetch", AgreeNot: "not now",
		AboutBounce:  "This message says that somebody did not get yours. e tells why.",
		BounceSilent: "This bounce does not say why in a form that is known. enter reads it.",
	}
}

func japaneseMailbox() MailboxWords {
	return MailboxWords{
		Count:        "未読 %s / 全 %s",
		Hits:         "%s / 全 %s (「%s」を含む)",
		Marked:       "選択 %s",
		Online:       "オンライン",
		Synced:       "%s 同期",
		NeverSynced:  "未確認",
		OfflineSince: "%s からオフライン",
		OnDisk:       "手元",
		Empty:        "メールはありません。m で書き、ctrl+r でサーバーに尋ねます。",
		EmptyLimit:   "「%s」を含むメールはありません。esc で全部を表示します。",
		Loading:      "フォルダーを読んでいます",
		NoSubject:    "(件名なし)",
		NoSender:     "(差出人なし)",
		NewAbove:     "上に新着 %s 件。] で次の未読へ移ります。",
		NoUnread:     "このフォルダーにほかの未読はありません。",
		Find:         "検索",
		NoHit:        "「%s」を含むメールはありません。",
		HitOf:        "%s / %s 件目 (「%s」)。n で次、N で前。",
		Limit:        "絞り込む語",
		LimitOff:     "すべてのメールを表示します。",
		Pattern:      "選択する語",
		PatternDone:  "%s 件を選択しました (「%s」)。",
		RangeOn:      "ここから範囲を選択します。移動して、もう一度 V を押します。",
		RangeDone:    "%s 件を選択しています。",
		MarksOff:     "選択を解除しました。",
		Orders:       [5]Safe{"新しい順", "古い順", "差出人順", "件名順", "大きい順"},
		Ordered:      "%sに並べます。",
		Sorting:      "一覧を並べ替えています",
		MoveTo:       "移動先のフォルダー",
		CopyTo:       "複写先のフォルダー",
		Folders:      "フォルダー",
		FolderRow:    "未読 %s / 全 %s",
		One:          "「%s」",
		Many:         "%s 件のメール",
		Moved:        "%sを%sへ移動しました。",
		CopiedTo:     "%sを%sへ複写しました。",
		Archived:     "%sを保管しました。",
		Deleted:      "%sを%sへ移動しました。",
		Removed:      "%sを完全に削除しました。",
		FlagOn:       "%sに印をつけました。",
		FlagOff:      "%sの印を外しました。",
		SeenOff:      "%sを未読にしました。",
		SeenOn:       "%sを既読にしました。",
		Unsure:       "%s確認待ち (~)。u で戻せます。",
		Unconfirmed:  "%sサーバーの確認待ちです (~)。u で戻せます。",
		Undone:       "%sへの操作を取り消しました。",
		DeleteAsk:    "%s 件のメールを完全に削除しますか。",
		DeleteOne:    "このメールを完全に削除しますか。",
		Refused:      "サーバーが %s 件の変更を拒否したため、元に戻しました。",
		SyncedNow:    "新着 %s 件、変更 %s 件、消失 %s 件。",
		SyncedNone:   "新しいものはありません。",
		Sync: map[string]Safe{"connect": "接続中", "folders": "フォルダー一覧を取得中", "list": "新着メールを取得中",
			"flags": "印を照合中", "bodies": "本文を取得中", "changes": "変更をサーバーへ伝達中"},
		Syncing:      "サーバーに確認中",
		Offline:      "%s に接続できません: %s。",
		NoTwin:       "%s は1つの方式だけで設定されています。",
		TwinNow:      "%s を %s で見ています。",
		ByProtocol:   "%sで見る",
		NothingWrong: "説明が要る問題はここでは起きていません。",
		NoMessage:    "メールが選ばれていません。",
		ReadFail:     "このメールを読めません: %s。",
		ListFail:     "フォルダーを読めません: %s。",
		ChangeFail:   "何も変更していません: %s。",
		Reading:      "メールを開いています",
		Vanished:     "そのメールはなくなりました。次のメールを表示します。",
		Asking:       "サーバーに確認中",
		SwitchedTo:   "%s に切り替えました。",
		UndoHint:     "%su で戻せます。",
		Name:         "メールボックス",
		OpenFolder:   "開く",
		CompareKey:   "POP3 と IMAP を比較",
		Agree:        "取得する", AgreeNot: "今はしない",
		AboutBounce:  "あなたのメールが届かなかったことを知らせるメールです。e で理由を説明します。",
		BounceSilent: "この不達通知に、読み取れる形の理由はありません。enter で読みます。",
	}
}

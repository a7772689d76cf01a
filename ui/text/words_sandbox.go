package text

// SandboxWords are the words of the screen of the small Internet.
type SandboxWords struct {
	Name    Safe
	Counts  Safe // hosts, domains
	CAHint  Safe
	Looking Safe

	Hosts, Address, Ports                Safe // headings
	Users, Password, Messages, LastSeen  Safe
	Queue, QueueOf, Faults               Safe // QueueOf: host
	Waiting                              Safe // messages
	OnOf                                 Safe // faults on, faults present
	Never                                Safe // seen
	FaultMark                            Safe // id
	Hits                                 Safe // times
	More                                 Safe // further hosts
	NothingWaits, NoFault, Elsewhere     Safe
	Clock                                Safe // time of day
	Ahead                                Safe // duration
	InStep                               Safe
	Host, Listens, CAFile                Safe // of a page
	From, To, Accepted, Tried, Next, Now Safe
	Reply, NoReply                       Safe
	Fault, On, Off, Truth, Who, Rule     Safe
	AtStep                               Safe // number, name
	Parties                              map[string]Safe
	OfFile                               Safe

	OpenHost, OpenMailbox, OpenMessage, OpenFault Safe // keys
	Switch, AheadKey, TryNow, CopyPage            Safe
	SameFault, NoSameFault                        Safe

	SwitchOn          Safe // id
	MetLookup         Safe // id, domain
	MetSubmit         Safe // id, address
	MetMail           Safe // id, address
	MetReading        Safe // id, address
	EventsCarry       Safe // id
	SwitchOff         Safe // id, times
	Advanced          Safe // ahead, time
	TriedNow          Safe // id
	Left              Safe // the queue
	AddWhich          Safe
	NothingToTrace    Safe
	NotWaiting        Safe
	NoAccount         Safe // address
	NotOurs, NoneHere Safe
	Failed            Safe // error
}

func englishSandbox() SandboxWords {
	return SandboxWords{
		Name: "sandbox", Counts: "%d hosts, %d domains, offline", CAHint: "CA file: enter on a host", Looking: "Asking its hosts.",

		Hosts: "hosts", Address: "address", Ports: "real ports on loopback",
		Users: "users", Password: "password", Messages: "messages", LastSeen: "last seen",
		Queue: "queue", QueueOf: "queue of %s", Faults: "faults", Waiting: "%d waiting", OnOf: "%d of %d on", Never: "never",
		FaultMark: "fault %s", Hits: "hit %s", More: "%s +%d",
		NothingWaits: "Nothing waits. m writes.", NoFault: "No fault yet. + adds one.", Elsewhere: "Known to the program that started it.",
		Clock: "clock  %s", Ahead: "+ %s", InStep: "+ 0 min",
		Host: "host", Listens: "listens", CAFile: "CA file",
		From: "from", To: "to", Accepted: "since", Tried: "tries", Next: "next", Now: "now",
		Reply: "said", NoReply: "No reply yet.",
		Fault: "fault", On: "on", Off: "off", Truth: "mail is", Who: "acts", Rule: "rule", AtStep: "at step %d, %s",
		Parties: map[string]Safe{"you": "you", "provider": "your provider", "dns": "the DNS operator", "recipient": "the recipient's side", "nobody": "nobody"},
		OfFile:  "A rule of a file.",

		OpenHost: "host", OpenMailbox: "mailbox", OpenMessage: "message", OpenFault: "what it is",
		Switch: "on/off", AheadKey: "clock", TryNow: "try now", CopyPage: "copy", SameFault: "same in sandbox",
		NoSameFault: "the sandbox has no fault with this cause, or this is not the sandbox",

		SwitchOn:   "%s is on.",
		MetLookup:  "%s is on: the next lookup of %s meets it.",
		MetSubmit:  "%s is on: the next message from alice to %s meets it.",
		MetMail:    "%s is on: the next message to %s meets it.",
		MetReading: "%s is on: the next program that reads the mail of %s meets it.",

		EventsCarry:    `Every event of it on the server's side carries "%s".`,
		SwitchOff:      "%s is off. It fired %d times.",
		Advanced:       "The sandbox is %s ahead of this machine: %s there. What was due in between is tried now.",
		TriedNow:       "%s is tried now.",
		Left:           "The message left the queue: it was delivered or given back.",
		AddWhich:       "add a fault",
		NothingToTrace: "nothing to trace here: choose a user, a message or a fault",
		NotWaiting:     "only a message that waits can be tried now",
		NoAccount:      "No account here reads the mail of %s.",
		NotOurs:        "another program started this sandbox and changes it",
		NoneHere:       "there is no sandbox here",
		Failed:         "The sandbox could not do it: %v",
	}
}

func japaneseSandbox() SandboxWords {
	return SandboxWords{
		Name: "サンドボックス", Counts: "ホスト %d、ドメイン %d、オフライン", CAHint: "CAファイル: ホストで enter", Looking: "ホストに尋ねています。",

		Hosts: "ホスト", Address: "アドレス", Ports: "ループバックの実ポート",
		Users: "ユーザー", Password: "パスワード", Messages: "メール", LastSeen: "最終ログイン",
		Queue: "キュー", QueueOf: "%s のキュー", Faults: "障害", Waiting: "待ち %d", OnOf: "オン %d / %d", Never: "なし",
		FaultMark: "障害 %s", Hits: "発生 %s", More: "%s +%d",
		NothingWaits: "待っているメールはありません。m で書きます。", NoFault: "障害はまだありません。+ で加えます。", Elsewhere: "起動したプログラムだけが知っています。",
		Clock: "時計  %s", Ahead: "+ %s", InStep: "+ 0 min",
		Host: "ホスト", Listens: "待受け", CAFile: "CA",
		From: "差出人", To: "宛先", Accepted: "受付", Tried: "試行", Next: "次回", Now: "実行中",
		Reply: "応答", NoReply: "応答はまだありません。",
		Fault: "障害", On: "オン", Off: "オフ", Truth: "メール", Who: "対応者", Rule: "根拠", AtStep: "段階 %d、%s",
		Parties: map[string]Safe{"you": "あなた", "provider": "あなたのプロバイダー", "dns": "DNSの管理者", "recipient": "受信側", "nobody": "不要"},
		OfFile:  "ファイルの規則です。",

		OpenHost: "ホスト", OpenMailbox: "メールを開く", OpenMessage: "メール", OpenFault: "内容",
		Switch: "オン/オフ", AheadKey: "時計", TryNow: "今試す", CopyPage: "コピー", SameFault: "サンドボックスで再現",
		NoSameFault: "同じ原因の障害がサンドボックスにないか、ここがサンドボックスではありません",

		SwitchOn:   "%s をオンにしました。",
		MetLookup:  "%s をオンにしました。次に %s を引くと起こります。",
		MetSubmit:  "%s をオンにしました。alice が次に %s へ送ると起こります。",
		MetMail:    "%s をオンにしました。次に %s へ送ると起こります。",
		MetReading: "%s をオンにしました。次に %s のメールを読むと起こります。",

		EventsCarry:    "サーバー側の各イベントに「%s」と記されます。",
		SwitchOff:      "%s をオフにしました。%d 回起こりました。",
		Advanced:       "サンドボックスの時計は %s 進み、%s です。その間に期限の来たものを今試します。",
		TriedNow:       "%s を今試しています。",
		Left:           "メールはキューを出ました。配達されたか、差出人に戻されました。",
		AddWhich:       "障害を加える",
		NothingToTrace: "ここに追跡するものはありません。ユーザー、メール、障害を選びます",
		NotWaiting:     "今試せるのは、待っているメールだけです",
		NoAccount:      "%s のメールを読むアカウントはここにありません。",
		NotOurs:        "このサンドボックスは、起動した別のプログラムが変えます",
		NoneHere:       "ここにサンドボックスはありません",
		Failed:         "サンドボックスでできませんでした: %v",
	}
}

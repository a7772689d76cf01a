package text

// LadderWords are the words of the accounts and of the ladders that a doctor climbs.
type LadderWords struct {
	Rungs   map[string]Safe // by ladder.Rung.Name
	Ladders map[string]Safe // by ladder.Ladder.Name
	Sound   Safe            // nothing broke
	Stopped Safe            // before the end
	Broke   Safe            // ladder, number, rung

	NoAccount        Safe
	Climbing         Safe // account; for the notice row
	Waiting          Safe
	NeedYou          Safe // accounts of accounts
	NothingToExplain Safe
	Proof            Safe
	OpenMailbox      Safe
	OtherAccount     Safe
	ClimbAgain       Safe
	StopClimb        Safe
	CopyNote         Safe
	AddAccount       Safe
	DoIt             Safe
	KeepSettings     Safe
	WriteSettings    Safe
	Changed          Safe // path
}

func englishLadder() LadderWords {
	return LadderWords{
		Rungs: map[string]Safe{"line": "line", "resolver": "resolver", "server": "server", "name": "name", "tcp": "TCP", "tls": "TLS",
			"greeting": "greeting", "capabilities": "capabilities", "login": "login", "mailbox": "mailbox", "sender": "sender",
			"roundtrip": "out and back"},
		Ladders: map[string]Safe{"both": "both", "receive": "receive", "send": "send"},
		Sound:   "Nothing is broken. Nobody must act.",
		Stopped: "Stopped before the end. The rungs that wait were not tried.",
		Broke:   "Broken: %s, rung %d, %s.",

		NoAccount:        "No account yet.",
		Climbing:         "examining %s",
		Waiting:          "First your own line, then the provider's servers.",
		NeedYou:          "%d of %d broken",
		NothingToExplain: "Nothing was found on this rung yet.",
		Proof:            "proof",
		OpenMailbox:      "mailbox",
		OtherAccount:     "account",
		ClimbAgain:       "climb again",
		StopClimb:        "stop",
		CopyNote:         "copy a note",
		AddAccount:       "account",
		DoIt:             "do it",
		KeepSettings:     "leave the settings as they are",
		WriteSettings:    "write this, and climb again",
		Changed:          "Changed %s.",
	}
}

func japaneseLadder() LadderWords {
	return LadderWords{
		Rungs: map[string]Safe{"line": "回線", "resolver": "リゾルバー", "server": "サーバー", "name": "名前", "tcp": "TCP", "tls": "TLS",
			"greeting": "あいさつ", "capabilities": "機能", "login": "ログイン", "mailbox": "メールボックス", "sender": "差出人",
			"roundtrip": "往復"},
		Ladders: map[string]Safe{"both": "共通", "receive": "受信", "send": "送信"},
		Sound:   "異常はありません。誰の操作も不要です。",
		Stopped: "途中で中止しました。待ちの段は調べていません。",
		Broke:   "失敗: %s、%d 段目、%s。",

		NoAccount:        "アカウントがまだありません。",
		Climbing:         "%s を調べています",
		Waiting:          "まず自分の回線、次にプロバイダーのサーバーを調べます。",
		NeedYou:          "%d / %d 失敗",
		NothingToExplain: "この段ではまだ何も見つかっていません。",
		Proof:            "根拠",
		OpenMailbox:      "メールを開く",
		OtherAccount:     "アカウント",
		ClimbAgain:       "もう一度",
		StopClimb:        "中止",
		CopyNote:         "メモをコピー",
		AddAccount:       "アカウント追加",
		DoIt:             "実行",
		KeepSettings:     "設定をこのままにする",
		WriteSettings:    "こう書いて、もう一度調べる",
		Changed:          "%s を変えました。",
	}
}

package text

// LadderWords are the words of the ladders that a doctor climbs.
type LadderWords struct {
	Rungs   map[string]Safe // by ladder.Rung.Name
	Ladders map[string]Safe // by ladder.Ladder.Name
	Sound   Safe            // nothing broke
	Broke   Safe            // ladder, rung
}

func englishLadder() LadderWords {
	return LadderWords{
		Rungs: map[string]Safe{"line": "line", "resolver": "resolver", "server": "server", "name": "name", "tcp": "TCP", "tls": "TLS",
			"greeting": "greeting", "capabilities": "capabilities", "login": "login", "mailbox": "mailbox", "sender": "sender",
			"roundtrip": "out and back"},
		Ladders: map[string]Safe{"both": "both", "receive": "receive", "send": "send"},
		Sound:   "Nothing is broken. Nobody must act.",
		Broke:   "Broken: %s, rung %d, %s.",
	}
}

func japaneseLadder() LadderWords {
	return LadderWords{
		Rungs: map[string]Safe{"line": "回線", "resolver": "リゾルバー", "server": "サーバー", "name": "名前", "tcp": "TCP", "tls": "TLS",
			"greeting": "あいさつ", "capabilities": "機能", "login": "ログイン", "mailbox": "メールボックス", "sender": "差出人",
			"roundtrip": "往復"},
		Ladders: map[string]Safe{"both": "共通", "receive": "受信", "send": "送信"},
		Sound:   "異常はありません。誰の操作も不要です。",
		Broke:   "失敗: %s、%d 段目、%s。",
	}
}

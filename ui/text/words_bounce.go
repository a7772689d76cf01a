package text

// BounceWords say that a message came back, and what can be done about it. Reasons are the short words for those of
// diag/reason.
type BounceWords struct {
	Row      Safe // recipient, reason
	SentRow  Safe // reason
	Delay    Safe // recipient, host
	SentWait Safe // host
	Trying   Safe // where there is little room
	WasLate  Safe // when
	AgainRow Safe // to whom
	AgainAt  Safe // to whom, when
	AtHost   Safe // what happened, host, when
	SaidAt   Safe // host, when
	Remark   Safe // recipient, reason
	Waits    Safe // recipient, host
	Late     Safe // recipient, when
	AgainTo  Safe // to whom
	More     Safe // how many others
	Unnamed  Safe // the recipient that no words name
	Reasons  map[string]Safe
	Change   Safe // address
	Again    Safe
	Edit     Safe
	Forget   Safe // address
	Forgot   Safe // address
	Unknown  Safe // address
	Typing   Safe // address, how often
	Once     Safe // address
	Wrote    Safe // address, how often, when last
	Heard    Safe // address, when
	Ask      Safe // recipient
	Report   Safe
	Open     Safe
	Until    Safe
	UntilAt  Safe // time
	Letter   Safe // recipient, subject, reason
	ToExpert Safe // recipient, host, reply
	Prove    Safe
	Examine  Safe // prove by the doctor
	ProveIt  Safe // where there is little room
}

func englishBounce() BounceWords {
	return BounceWords{
		Row: "bounced: %s, %s", SentRow: "bounced: %s", Delay: "delayed: %s, still trying (%s)", SentWait: "delayed: still trying (%s)", Trying: "delayed: still trying",
		WasLate: "delayed on %s; nothing came since", AgainRow: "sent again to %s", AgainAt: "sent again to %s, %s: 3 shows what became of it", AtHost: "%s (%s, %s)", SaidAt: "%s said, %s",
		Waits:   "Nobody must act: it did not reach %s yet, %s is still trying. e explains.",
		Late:    "You may ask another way: it did not reach %s by %s, and nothing came since. e explains.",
		AgainTo: "It was sent again to %s.",
		Remark:  "This did not reach %s: %s. e explains.", More: "%s + %d", Unnamed: "somebody",
		Reasons: map[string]Safe{
			"none": "the reason is not known", "nobody": "no such mailbox", "nohost": "no such domain", "nomail": "takes no mail",
			"disabled": "mailbox switched off", "full": "mailbox is full", "filtered": "refused by a filter", "restricted": "not open to you",
			"notlocal": "not there any more", "syntax": "malformed address", "sender": "sender refused", "toolarge": "message too large",
			"recipients": "too many recipients", "relay": "relaying denied", "login": "login required", "badlogin": "login failed", "logindown": "logins cannot be checked",
			"starttls": "TLS required", "tls": "TLS failed", "blocklisted": "sending server blocked", "noptr": "no reverse DNS",
			"spf": "SPF failed", "dkim": "DKIM failed", "dmarc": "DMARC failed", "unproved": "sender not proved", "content": "content refused",
			"virus": "virus found", "format": "format refused", "greylisted": "asked to come back", "ratelimited": "too much mail at once",
			"busy": "server too busy", "down": "server out of order", "storage": "server's disk full", "dns": "DNS lookup failed",
			"network": "server not reached", "expired": "given up after tries", "loop": "mail loop", "protocol": "protocol error",
			"policy": "against a rule", "vacation": "automatic answer",
		},
		Change: "change to %s and send again", Again: "send it again, to those whom it did not reach",
		Edit: "write it again, to those whom it did not reach", Forget: "forget %s in the address book",
		Forgot: "%s is forgotten: it is not suggested, and its bounces are not brought up again.", Unknown: "Nothing was known of %s.",
		Typing: "one letter from %s: you wrote there %d times", Once: "one letter from %s: you wrote there once",
		Wrote: "a change there: %s took mail before (%d without a bounce, last %s)", Heard: "a change there: mail from %s came, the newest %s",
		Ask:    "copy a question to ask %s another way",
		Report: "copy the words, for your mail provider", Open: "open what was sent",
		Until: "see until when it is tried again", UntilAt: "It is tried again until %s.",
		Letter:   "My mail to %s, \"%s\", came back: %s. How can I reach you?",
		ToExpert: "A mail to %s came back. %s said: %s",
		Prove:    "prove: ask again, nothing is sent",
		Examine:  "prove: the doctor examines the account",
		ProveIt:  "prove",
	}
}

func japaneseBounce() BounceWords {
	return BounceWords{
		Row: "不達: %s、%s", SentRow: "不達: %s", Delay: "遅延: %s、再送中 (%s)", SentWait: "遅延: 再送中 (%s)", Trying: "遅延: 再送中",
		WasLate: "%s に遅延、その後の知らせなし", AgainRow: "%s へ再送済み", AgainAt: "%s へ再送済み (%s): 3 でその結果", AtHost: "%s (%s、%s)", SaidAt: "%s の応答、%s",
		Waits:   "誰の操作も不要です。%s へまだ届かず、%s が再送しています。e で説明します。",
		Late:    "あなたは別の方法で尋ねることができます。%s へは %s の時点で届かず、その後の知らせがありません。e で説明します。",
		AgainTo: "%s へ再送しました。",
		Remark:  "%s に届きませんでした: %s。e で説明します。", More: "%s 他%d", Unnamed: "不明な宛先",
		Reasons: map[string]Safe{
			"none": "理由は不明", "nobody": "宛先が存在しない", "nohost": "ドメインが存在しない", "nomail": "メールを受け取らない宛先",
			"disabled": "メールボックス停止中", "full": "メールボックス満杯", "filtered": "受信者のフィルターが拒否", "restricted": "受信者が送信者を限定",
			"notlocal": "このサーバーにいない宛先", "syntax": "アドレスの書式誤り", "sender": "送信者アドレスを拒否", "toolarge": "メールが大きすぎる",
			"recipients": "宛先が多すぎる", "relay": "中継を拒否", "login": "ログインが必要", "badlogin": "ログイン失敗", "logindown": "ログインを確認できない状態",
			"starttls": "TLSが必要", "tls": "TLSの失敗", "blocklisted": "送信サーバーが拒否リストにある", "noptr": "逆引きDNSなし",
			"spf": "SPFの失敗", "dkim": "DKIMの失敗", "dmarc": "DMARCの失敗", "unproved": "送信者を証明できない", "content": "内容を拒否",
			"virus": "ウイルス検出", "format": "形式を拒否", "greylisted": "後で再送するよう要求", "ratelimited": "一度に送りすぎ",
			"busy": "サーバー混雑", "down": "サーバー障害", "storage": "サーバーのディスク満杯", "dns": "DNSの照合失敗",
			"network": "サーバーに接続できない", "expired": "再送の期限切れ", "loop": "メールループ", "protocol": "プロトコルの誤り",
			"policy": "サーバーの規則に違反", "vacation": "自動応答",
		},
		Change: "%s に直して再送する", Again: "届かなかった宛先へもう一度送る",
		Edit: "届かなかった宛先へ書き直す", Forget: "アドレス帳から %s を忘れる",
		Forgot: "%s を忘れました。候補に出さず、過去の不達も知らせません。", Unknown: "%s について知っていることはありません。",
		Typing: "%s と一文字違い: そこへ%d回送信", Once: "%s と一文字違い: そこへ1回送信",
		Wrote: "相手側の変化: 以前 %s へ送った%d通は戻らず、最後は%s", Heard: "相手側の変化: %s からのメールは届いている。最新は%s",
		Ask:    "%s に別の方法で尋ねる文面をコピーする",
		Report: "応答の文言をプロバイダー向けにコピーする", Open: "送ったメールを開く",
		Until: "再送の期限を見る", UntilAt: "%s まで自動で再送されます。",
		Letter:   "%s 宛のメール「%s」が届かずに戻りました（%s）。連絡の取れる方法を教えてください。",
		ToExpert: "%s 宛のメールが戻りました。%s の応答: %s",
		Prove:    "確かめる (送信しない)",
		Examine:  "確かめる (アカウントの診断)",
		ProveIt:  "確かめる",
	}
}

package text

// TracerWords are the words of the trace screen; what a finding means is said by diag/explain.
type TracerWords struct {
	Name     Safe
	From     Safe // address
	Via      Safe // account
	Tracing  Safe // target
	LiveFor  Safe // time
	TimeLeft Safe // time
	DoneIn   Safe // time
	Steps    [4]Safe
	Root     Safe
	Resolver Safe // address
	Login    Safe
	Places   map[string]Safe // of this device, by delivery.Hop.Where
	Queries  Safe            // count
	UpTo     Safe            // command
	Port     Safe            // number

	MailPorts, InSettings, NoExchanger, NoServer Safe
	PortStates                                   map[string]Safe // by ladder.PortState

	Address, AddressHint, LastTraced, NoneTraced, Which Safe

	Time         Safe
	Legend       Safe
	CriticalPath Safe // sum, whole, share in per cent, names
	SoFar        Safe
	NobodyYet    Safe
	Does         map[string]Safe // what a mail server does now with the message, by delivery.Word
	Noted        Safe            // count, newest
	Also         Safe            // title
	AlsoMore     Safe            // title, count of others
	Waits        Safe            // what, time, limit
	WaitsTry     Safe            // what, try, tries, time, limit
	WaitsNoEnd   Safe            // what, time
	Running      Safe            // target
	StopsWait    Safe
	StopsRun     Safe
	DoneFrom     Safe // address
	DoneHere     Safe
	MayDiffer    Safe // server
	NothingSent  Safe
	Untold       Safe // count
	Seed         Safe // number
	Shuffled     Safe // preference, hosts
	Stopped      Safe
	Fails        Safe // error

	AskDetail, SendDetail                   Safe // host, sender, recipients
	AskRcpt, AskRcpts, AskSend              Safe // host, recipients
	Sees, SeesLine, StopHere, AskIt, SendIt Safe
	Limit                                   Safe // time
	SetHow, SetFrom, SetVia, SetViaNone     Safe
	SetRcpt, SetCatchAll, SetSend, SetAll   Safe
	SetIt, ChangeIt                         Safe
	OtherRun                                Safe
	NoSuchRun                               Safe // number

	Sent, Got, Means, Rule, So, Act, Sure, Glue, Note Safe

	Question     Safe // name, type
	NoRecursion  Safe
	EDNS         Safe
	NoEDNS       Safe
	Octets       Safe // count
	Authority    Safe
	NotAuthority Safe
	Truncated    Safe
	NoRecords    Safe
	OneRecord    Safe
	Answers      Safe // count
	RefersTo     Safe // zone
	Awaited      Safe
	NoReply      Safe
	Origins      map[string]Safe // of a server's address, by dns.Origin
	Minimised    Safe            // the whole question
	TryOf        Safe            // try, tries, limit
	Extended     Safe            // code, name, text
	Wrong        Safe            // reasons
	NextServer   Safe            // server
	NextZone     Safe            // zone
	Keeps        Safe            // how soon, how long
	Passes       Safe            // how soon, by the server's words
	GivesBack    Safe
	Answer       Safe
	Below        Safe
	Additional   Safe

	OffersHead   Safe
	NewInTLS     Safe            // names
	GoneInTLS    Safe            // names
	Offers       map[string]Safe // by EHLO keyword
	NotOffered   map[string]Safe // what it means that a keyword is missing
	UnknownOffer Safe
	SizeTakes    Safe // size
	SizeFits     Safe // size, of
	SizeTooBig   Safe // size, of
	Needed       Safe // by whom
	NotNeeded    Safe

	Handshake  Safe // version, cipher, curve
	SignedBy   Safe // subject, issuer
	Until      Safe // date
	SelfSigned Safe // subject
	Names      Safe // names
	Verified   Safe
	Unverified Safe            // why
	Problems   map[string]Safe // by trace.TLSFacts.Problem
	Satisfies  Safe            // what
	// Opportunistic is said of any certificate; UnderPolicy has the name of a policy and what was found.
	Opportunistic, UnderPolicy, Unjudged Safe

	StepHop    Safe
	StepHops   Safe // count
	NotBegun   Safe
	StepNone   [4]Safe
	PickupOnly Safe // address
	Together   Safe // count

	OpenHop, Dialogue, StopWait, GoBack, OtherPane, CopyVerdict, SaveRun, TraceAgain, OpenIt Safe
	Played, PlayStopped, NotStepped, NotOver                                                 Safe
	Beside, BesideKey, EarlierFile, RunBefore, RunBeforeNote, MaskedFile, MaskedNote         Safe
	PageFile, PageNote                                                                       Safe
	BesideFail                                                                               Safe // error
	NothingToExplain, NothingFound                                                           Safe
	NothingToFold                                                                            Safe
	SaveTitle, RunFile, RunFileNote, SaveTo, SaveFail                                        Safe
	SavedAs                                                                                  Safe // path
	NothingRuns                                                                              Safe
}

func englishTracer() TracerWords {
	return TracerWords{
		Name: "trace", From: "from %s", Via: "via %s", Tracing: "tracing %s", LiveFor: "live %s", TimeLeft: "%s left", DoneIn: "done %s",
		Steps:    [4]Safe{"device -> submission", "DNS lookup", "transfer to the recipient", "pick-up"},
		Root:     "root",
		Resolver: "resolver %s, same query", Login: "login", Places: map[string]Safe{"this device": "this device", "resolver": "resolver", "this line": "this line"}, Queries: "%d queries", UpTo: "to %s", Port: "port %s",
		MailPorts: "mail ports", InSettings: ", in your settings", NoExchanger: "no exchanger was found to try it with",
		NoServer:   "no account of yours has a server to try it with",
		PortStates: map[string]Safe{"open": "open", "refused": "refused", "silent": "silent", "unreachable": "no way", "n/a": "not tried", "unknown": "not known"},

		Address:     "trace the way to",
		AddressHint: "An address asks each step of the way; a domain alone stops before the recipient. Nothing is sent unless chosen below.",
		LastTraced:  "traced last", NoneTraced: "Nothing was traced yet.", Which: "whose way",

		Time: "time", Legend: "# critical path  = beside it  > still open", CriticalPath: "critical path %s of %s (%d %%): %s",
		SoFar: "so far", NobodyYet: "Nobody must act yet.",
		Does:  map[string]Safe{"deferred": "A mail server keeps it and tries again.", "refused": "A mail server gives it back."},
		Noted: "%d to note, the newest: %s",
		Also:  "Also: %s", AlsoMore: "Also: %s (+%d)",
		Waits: "Waiting for %s: %s of %s.", WaitsTry: "Waiting for %s: try %d of %d, %s of %s.", WaitsNoEnd: "Waiting for %s: %s.",
		Running: "Tracing %s.", StopsWait: "esc gives up this wait, ctrl+c the run.", StopsRun: "esc stops the run.",
		DoneFrom: "Done, seen from %s.", DoneHere: "Done, seen from this line.", MayDiffer: "%s may be answered otherwise.",
		Untold: "and %d more that went well (--json has all)", Seed: "Seed %d repeats the order of servers.",
		Shuffled:    "Of preference %d alike, shuffled: %s.",
		NothingSent: "Nothing was sent.", Stopped: "Stopped. What was seen until then stands here; ctrl+r traces again.",
		Fails: "Cannot trace: %s",

		AskDetail:  "%s would hear MAIL FROM <%s> and RCPT TO <%s>, then RSET and QUIT. No message is sent.",
		SendDetail: "%s would hear MAIL FROM <%s> and RCPT TO <%s>, and get a short test message.",
		AskRcpt:    "Ask %s whether %s exists?", AskRcpts: "Ask %s whether %s exist?", AskSend: "Send %s a test message for %s?", SendIt: "send",
		SetHow: "how", SetFrom: "from (envelope)", SetVia: "via, step 1 of the way", SetViaNone: "not asked for", SetIt: "on, off", ChangeIt: "change",
		SetRcpt: "ask for the recipient, after a question to you", SetCatchAll: "ask also, once, for an address that nobody has",
		SetSend: "send a test message: via the account, else straight to an exchanger", SetAll: "ask every name server of the domain",
		Limit: "Limit %s.", OtherRun: "other trace", NoSuchRun: "There is no trace %d here.",
		Sees: "It sees %s.", SeesLine: "It sees the address of this line.", StopHere: "stop here", AskIt: "ask",

		Sent: "sent", Got: "got", Means: "means", Rule: "rule", So: "so", Act: "act", Sure: "sure",
		Glue: "server", Note: "note",

		Question: "%s %s", NoRecursion: "no recursion", EDNS: "EDNS", NoEDNS: "no EDNS", Octets: "%s bytes",
		Authority: "authoritative", NotAuthority: "not authoritative", Truncated: "truncated", NoRecords: "no answer", OneRecord: "1 record",
		Answers: "%d records", RefersTo: "refers to %s", Awaited: "nothing yet", NoReply: "no answer came",
		Origins:   map[string]Safe{"hints": "address from the root hints", "glue": "address from glue", "resolved": "address looked up"},
		TryOf:     "try %d of %d, at most %s",
		Minimised: "minimised: of %s only this much was asked (RFC 9156)",
		Extended:  "extended error %d %s %s", Wrong: "datagrams that were no answer came too: wrong %s",
		NextServer: "%s was asked next.", NextZone: "the servers of %s are asked next.",
		Passes: "The server would take it after %s, by its own words. ", Keeps: "A mail server keeps the message and tries again, after %s or more, for up to %s (RFC 5321 section 4.5.4.1).", GivesBack: "A mail server gives the message back.",
		Answer: "answer", Below: "authority", Additional: "additional",

		OffersHead: "offers", NewInTLS: "new in TLS: %s", GoneInTLS: "gone in TLS: %s",
		Offers: map[string]Safe{
			"8BITMIME": "8-bit text goes as it is", "AUTH": "takes logins here, too", "BINARYMIME": "lines need no end",
			"CHUNKING": "the message can go in pieces", "DELIVERBY": "a deadline can be asked for", "DSN": "reports of delivery can be asked for",
			"ENHANCEDSTATUSCODES": "replies carry codes such as 5.1.1", "ETRN": "can be told to empty a queue",
			"HELP": "explains its commands", "LIMITS": "says how much it takes at once", "PIPELINING": "commands travel together: fewer round trips",
			"REQUIRETLS": "TLS can be demanded all the way", "STARTTLS": "the line can be encrypted", "VRFY": "says that it checks addresses",
		},
		NotOffered: map[string]Safe{
			"STARTTLS": "not offered: the message travels in the clear", "SIZE": "not offered: how much it takes is not known",
		},
		UnknownOffer: "todoku does not know it", SizeTakes: "takes up to %s", SizeFits: "takes up to %[2]s; this message has %[1]s",
		SizeTooBig: "takes up to %[2]s; this message has %[1]s: too large", Needed: "needed for %s", NotNeeded: "not needed for this address",

		Handshake: "%s, %s, %s", SignedBy: "%s, signed by %s", Until: "to %s", SelfSigned: "%s, signed by itself", Names: "names %s",
		Verified: "verified: name, dates and signatures hold", Unverified: "not verified: %s",
		Problems: map[string]Safe{"tls.expired": "expired, or not valid yet", "tls.name": "made for other names",
			"tls.unknown-authority": "no authority that this device trusts signed it", "tls.certificate.no-roots": "this device has no list of authorities"},
		Satisfies: "fits", Opportunistic: "opportunistic TLS: yes, as any certificate does", UnderPolicy: "%s: %s",
		Unjudged: "not judged in this run",

		StepHop: "1 hop", StepHops: "%d hops",
		NotBegun: "Not begun yet.",
		StepNone: [4]Safe{"No account of yours sends from here, or its server was not asked.", "Not reached: the run was stopped before.",
			"Not reached: step 2 names no host that could be asked.", "Not tried."},
		PickupOnly: "Only the owner of %s can log in.", Together: "%d hops, each of them fine; z shows each",

		OpenHop: "hop", Dialogue: "dialogue", StopWait: "stop wait", GoBack: "back", OtherPane: "other pane", CopyVerdict: "copy verdict",
		SaveRun: "save", TraceAgain: "again", OpenIt: "trace",
		NotOver: "the run is not over yet",
		Beside:  "compare with an earlier run", BesideKey: "earlier run", EarlierFile: "compare with the run file", RunBefore: "the run before this one", RunBeforeNote: "of this address, on this screen",
		PageFile: "page for a provider", PageNote: "HTML, for support: the same, drawn",
		MaskedFile: "run file to show others", MaskedNote: "local parts of addresses masked, no messages", BesideFail: "Cannot compare: %s",
		PlayStopped: "Stopped. What was played until then stands here.",
		Played:      "this run is played from a file", NotStepped: "only while a run is played step by step",
		NothingToExplain: "Nothing is wrong here.", NothingFound: "nothing was found yet", NothingToFold: "Nothing is folded here.",
		SaveTitle: "save the run as", RunFile: "run file", RunFileNote: "JSON lines, every octet; todoku reads it again", SaveTo: "save the run as",
		SaveFail: "Cannot save: %s", SavedAs: "Saved in %s.", NothingRuns: "Nothing was recorded yet.",
	}
}

func japaneseTracer() TracerWords {
	return TracerWords{
		Name: "追跡", From: "差出人 %s", Via: "経由 %s", Tracing: "%s を追跡中", LiveFor: "実行中 %s", TimeLeft: "残り %s", DoneIn: "完了 %s",
		Steps:    [4]Safe{"端末から送信サーバーへ", "宛先照合 (DNS)", "受信側への転送", "受信"},
		Root:     "ルート",
		Resolver: "リゾルバー %s、同じ質問", Login: "ログイン", Places: map[string]Safe{"this device": "この端末", "resolver": "リゾルバー", "this line": "この回線"}, Queries: "質問 %d件", UpTo: "%s まで", Port: "ポート %s",
		MailPorts: "メールのポート", InSettings: "、設定のポート", NoExchanger: "試す相手のメールサーバーなし",
		NoServer:   "試す相手の自分のサーバーなし",
		PortStates: map[string]Safe{"open": "接続可", "refused": "拒否", "silent": "無応答", "unreachable": "経路なし", "n/a": "未試行", "unknown": "不明"},

		Address:     "追跡する宛先",
		AddressHint: "アドレスなら4段階すべてを調べます。ドメインだけなら宛先の手前で止まります。下で選ばない限り、メールは送りません。",
		LastTraced:  "最近の追跡", NoneTraced: "まだ追跡していません。", Which: "誰への経路か",

		Time: "時間", Legend: "# 所要時間を決めた経路  = 並行  > 実行中", CriticalPath: "所要時間を決めた経路 %s / %s (%d %%): %s",
		SoFar: "途中経過", NobodyYet: "まだ誰の操作も不要です。",
		Does:  map[string]Safe{"deferred": "送信サーバーは保管し、再送を試みます。", "refused": "送信サーバーは差出人へ返します。"},
		Noted: "気になる点 %d件、最新: %s",
		Also:  "ほかに: %s", AlsoMore: "ほかに: %s (+%d)",
		Waits: "%s を待っています: %s / %s。", WaitsTry: "%s を待っています: %d / %d 回目、%s / %s。", WaitsNoEnd: "%s を待っています: %s。",
		Running: "%s を追跡しています。", StopsWait: "esc でこの待ちを、ctrl+c で全体をやめます。", StopsRun: "esc で全体をやめます。",
		DoneFrom: "完了。%s から見た結果です。", DoneHere: "完了。この回線から見た結果です。", MayDiffer: "%s には別の応答がありえます。",
		Untold: "ほか正常 %d件 (--json ですべて表示)", Seed: "シード %d で、サーバーの順序を再現できます。",
		Shuffled:    "優先度 %d が同じため、順序は無作為です: %s。",
		NothingSent: "何も送っていません。", Stopped: "中止しました。そこまでの結果を残しています。ctrl+r で再び追跡します。",
		Fails: "追跡できません: %s",

		AskDetail:  "%s に伝わるのは MAIL FROM <%s> と RCPT TO <%s>、続いて RSET と QUIT です。メールは送りません。",
		SendDetail: "%s に伝わるのは MAIL FROM <%s> と RCPT TO <%s>、続いて短い試験メールです。",
		AskRcpt:    "%s に %s の有無を尋ねますか。", AskRcpts: "%s に %s の有無を尋ねますか。", AskSend: "%s に %s 宛ての試験メールを送りますか。", SendIt: "送る",
		SetHow: "調べ方", SetFrom: "差出人 (エンベロープ)", SetVia: "経由 (段階1)", SetViaNone: "指定なし", SetIt: "オン、オフ", ChangeIt: "変更",
		SetRcpt: "確認してから、宛先を受け取るか尋ねる", SetCatchAll: "誰も持たないアドレスについても一度尋ねる",
		SetSend: "試験メールを送る: 上のアカウント経由、なければ宛先のサーバーへ直接", SetAll: "ドメインのすべてのネームサーバーに尋ねる",
		Limit: "制限時間 %s。", OtherRun: "ほかの追跡", NoSuchRun: "ここに追跡 %d はありません。",
		Sees: "相手に見えるのは %s です。", SeesLine: "相手にはこの回線のアドレスが見えます。", StopHere: "ここで止める", AskIt: "尋ねる",

		Sent: "質問", Got: "応答", Means: "意味", Rule: "規則", So: "次に", Act: "対応", Sure: "確度",
		Glue: "相手", Note: "補足",

		Question: "%s %s", NoRecursion: "再帰なし", EDNS: "EDNS", NoEDNS: "EDNSなし", Octets: "%s バイト",
		Authority: "権威あり", NotAuthority: "権威なし", Truncated: "切り詰め", NoRecords: "答えなし", OneRecord: "1件",
		Answers: "%d件", RefersTo: "%s へ委任", Awaited: "まだ応答なし", NoReply: "応答なし",
		Origins:   map[string]Safe{"hints": "アドレスはルートの一覧から", "glue": "アドレスはグルーから", "resolved": "アドレスは別に検索"},
		TryOf:     "%d / %d 回目、最長 %s",
		Minimised: "最小化: %s のうち、これだけを質問 (RFC 9156)",
		Extended:  "拡張エラー %d %s %s", Wrong: "答えでない応答も届きました: %s が不一致",
		NextServer: "%s へ質問しました。", NextZone: "%s のサーバーに質問します。",
		Passes: "相手のサーバーは、%s 後なら受け取ると言っています。", Keeps: "送信サーバーはメールを保管し、%s 以上の間をおき、長くて %s のあいだ再送を試みます (RFC 5321 section 4.5.4.1)。", GivesBack: "送信サーバーはメールを差出人へ返します。",
		Answer: "答え", Below: "権威", Additional: "追加",

		OffersHead: "機能", NewInTLS: "TLS内で追加: %s", GoneInTLS: "TLS内で消失: %s",
		Offers: map[string]Safe{
			"8BITMIME": "8ビットの文字をそのまま送れます", "AUTH": "ここでもログインを受けます", "BINARYMIME": "行末のないデータも送れます",
			"CHUNKING": "メールを分割して送れます", "DELIVERBY": "配達の期限を指定できます", "DSN": "配達の報告を頼めます",
			"ENHANCEDSTATUSCODES": "応答に 5.1.1 などのコードがつきます", "ETRN": "待ち行列の配達を頼めます",
			"HELP": "コマンドを説明します", "LIMITS": "一度に受ける量を示します", "PIPELINING": "コマンドをまとめて送れます (往復が減ります)",
			"REQUIRETLS": "全区間のTLSを要求できます", "STARTTLS": "回線を暗号化できます", "VRFY": "宛先の確認に応じます",
		},
		NotOffered: map[string]Safe{
			"STARTTLS": "なし: メールは暗号化されずに通ります", "SIZE": "なし: 受け取れる大きさは不明です",
		},
		UnknownOffer: "todoku の知らない機能です", SizeTakes: "%s まで受け取れます", SizeFits: "%[2]s まで受け取れます (このメールは %[1]s)",
		SizeTooBig: "%[2]s までしか受け取れません (このメールは %[1]s)", Needed: "%s に必要です", NotNeeded: "この宛先には不要です",

		Handshake: "%s、%s、%s", SignedBy: "%s、署名 %s", Until: "期限 %s", SelfSigned: "%s、自己署名", Names: "名前 %s",
		Verified: "検証済み: 名前、期限、署名とも正常", Unverified: "未検証: %s",
		Problems: map[string]Safe{"tls.expired": "期限切れ、または開始前です", "tls.name": "別の名前の証明書です",
			"tls.unknown-authority": "この端末が信頼する認証局の署名がありません", "tls.certificate.no-roots": "この端末に認証局の一覧がありません"},
		Satisfies: "適合", Opportunistic: "日和見TLS: 適合 (証明書を問いません)", UnderPolicy: "%s: %s",
		Unjudged: "この追跡では判定していません",

		StepHop: "1 区間", StepHops: "%d 区間",
		NotBegun: "まだ始まっていません。",
		StepNone: [4]Safe{"ここから送るアカウントがないか、そのサーバーには尋ねていません。", "未到達: その前に中止しました。",
			"未到達: 段階2に、尋ねる相手がありません。", "試していません。"},
		PickupOnly: "%s の持ち主だけがログインできます。", Together: "%d 区間、すべて正常。z で1つずつ表示",

		OpenHop: "区間", Dialogue: "対話", StopWait: "待ちをやめる", GoBack: "戻る", OtherPane: "隣の枠", CopyVerdict: "判定をコピー",
		SaveRun: "保存", TraceAgain: "もう一度", OpenIt: "追跡",
		NotOver: "まだ終わっていません",
		Beside:  "以前の記録と比べる", BesideKey: "以前と比較", EarlierFile: "比べる記録ファイル", RunBefore: "直前の追跡", RunBeforeNote: "この宛先を、この画面で",
		PageFile: "事業者に渡すページ", PageNote: "HTML。同じ内容を図と対話で示します",
		MaskedFile: "人に見せる記録ファイル", MaskedNote: "アドレスの @ の左を伏せ、本文は含みません", BesideFail: "比べられません: %s",
		PlayStopped: "止めました。そこまでの再生を残しています。",
		Played:      "記録の再生中です", NotStepped: "1段ずつの再生中だけ使えます",
		NothingToExplain: "ここに問題はありません。", NothingFound: "まだ何も見つかっていません", NothingToFold: "ここに折り畳むものはありません。",
		SaveTitle: "記録の保存形式", RunFile: "記録ファイル", RunFileNote: "JSON Lines、全データ。todoku で再生できます", SaveTo: "記録の保存先",
		SaveFail: "保存できません: %s", SavedAs: "%s に保存しました。", NothingRuns: "まだ記録がありません。",
	}
}

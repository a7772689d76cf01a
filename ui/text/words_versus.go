package text

// VersusWords are the words of the screen that puts POP3 beside IMAP; steps, notes and reasons are diag/explain's.
type VersusWords struct {
	Name        Safe
	Title       Safe
	Protocols   map[string]Safe // by compare.Protocol
	MenuHead    Safe
	CardHead    Safe
	CardMeans   Safe
	CardNote    Safe
	Comparing   Safe // address
	Script      Safe // name
	ScriptShort Safe // name
	StepOf      Safe // number, count
	Step        Safe // number
	Live        Safe // time
	Done        Safe // time
	Held        Safe // time, of a run that is paused
	Ended       Safe // time, of a run that the person stopped
	Running     Safe // number, count
	Pausing     Safe // number
	Paused      Safe // number
	Stopped     Safe

	Device      Safe // name
	RoundTrips  Safe // count
	UpDownBytes Safe // up, down
	MoreLines   Safe // count
	NothingSaid Safe
	After       Safe // step
	Abouts      [3]Safe
	ShortAbouts [3]Safe // in 10 cells
	UpDown      Safe
	Places      map[string]Safe // by compare.Place

	Line, Down, Up, Time Safe
	LineIs               Safe // round trip, bandwidth
	TripsIn              Safe // count, time

	AskFetch              Safe // message, size
	PageFile, PageNote    Safe
	Lines                 map[string]Safe // by name of compare.Lines
	OtherLines, OwnLine   Safe
	OtherLine, AskLine    Safe
	NoLine                Safe // what was typed
	OnLine                Safe // round trip, bandwidth
	OffersHead, Elsewhere Safe
	TalkLines             Safe // count
	Playing               Safe // time
	Recorded              Safe // day
	OnlyRecorded          Safe
	NotRecorded           Safe // script
	RunBefore             Safe
	RunBeforeNote         Safe
	AskDetail             Safe // server
	FetchNot, FetchOne    Safe

	Devices, Shared, RoomHere, RoomThere, Offline    Safe
	Doctor                                           Safe
	Both, BothAsked                                  Safe
	NotSaid, Yes, No, AnswersDone, AnswersDoneNote   Safe
	NoNumber                                         Safe // what was typed
	Answers                                          Safe // list
	NoAnswers, OneDevice, IsShared, IsOffline, Comma Safe
	ManyDevices                                      Safe // count
	HasHere, HasThere                                Safe // size

	BeNaive, NaiveNote, BeGood, GoodNote                  Safe
	RunIt, Dialogue, GoToStep, OtherScript, ChangeAnswers Safe
	RunAgain, SaveIt, ToAnswer, ToLanes, CopySettings     Safe
	Pause, Resume, OneStep, StepByStep, StopRun           Safe
	NotOver, NoSettings, NotRunning, NothingToExplain     Safe
}

func englishVersus() VersusWords {
	return VersusWords{
		Name: "compare", Title: "POP3 beside IMAP", Protocols: map[string]Safe{"pop3": "POP3", "imap": "IMAP"},
		MenuHead:  "The same mailbox, the same actions, over POP3 and over IMAP. What should be compared?",
		CardHead:  "POP3 or IMAP?",
		CardMeans: "What holds for everybody, on one screen; each claim leads to the step that shows it.",
		CardNote:  "Providers differ: some offer only one of the two. Every script asks your server first.",
		Comparing: "comparing POP3 and IMAP for %s", Script: "script \"%s\"", ScriptShort: "\"%s\"", StepOf: "step %d of %d", Step: "step %d",
		Live: "live %s", Done: "done %s", Held: "paused %s", Ended: "stopped %s", Running: "Step %d of %d is running. esc stops.",
		Pausing: "Pausing after step %d. space goes on, . takes one step.", Paused: "Paused after step %d. space goes on, . takes one step.",
		Stopped: "Stopped. What was seen until then stands here; ctrl+r runs the script again.",

		Device: "device %s", RoundTrips: "%s round trips", UpDownBytes: "%s / %s bytes", MoreLines: "%s more lines: enter",
		NothingSaid: "Nothing was said on the line in this step.", After: "after step %d",
		ShortAbouts: [3]Safe{"the server", "A sees", "B sees"},
		Abouts:      [3]Safe{"the server holds", "device A sees", "device B sees"}, UpDown: "bytes up / down",
		Places: map[string]Safe{
			"sandbox":  "Run in the small Internet inside todoku: on a real account this step is never tried.",
			"account":  "Measured on your account, with commands that change nothing (EXAMINE, PEEK, no DELE).",
			"computed": "Added up from the sizes that your server told: nothing was fetched.",
		},

		Line: "on a line", Down: "bytes down", Up: "bytes up", Time: "time",
		LineIs: "%s there and back, %s", TripsIn: "%s trips, %s",

		Lines:      map[string]Safe{"lan": "LAN", "fibre": "fibre", "4g": "4G", "3g": "3G", "satellite": "satellite"},
		OtherLines: "others", OwnLine: "your own", OtherLine: "line", AskLine: "Round-trip time and bits a second, such as 80ms 2M:",
		NoLine: "%s is no line: a time and an amount are, such as 80ms 2M.", OnLine: "Computed for a line of %s there and back, %s.",
		OffersHead: "what the servers offer", Elsewhere: "Shown by other scripts, which were not run here", TalkLines: "%s lines",
		Playing: "playing %s", Recorded: "recorded %s", OnlyRecorded: "this is a recording",
		NotRecorded: "This recording has no script \"%s\". `todoku compare --script NAME` runs one.",
		RunBefore:   "the run before this one", RunBeforeNote: "of this script, on this screen",
		PageFile: "page for colleagues", PageNote: "HTML, one file, local parts of addresses masked",
		AskFetch:  "Fetch \"%s\" (%s) by RETR?",
		AskDetail: "On %s RETR can mark the message read even if the connection breaks; some providers hide or archive what was fetched, or delete it later.", FetchNot: "compute from sizes", FetchOne: "fetch this one",

		Devices: "devices that read this mailbox", Shared: "other people read it, too", RoomHere: "room on the device", RoomThere: "room on the server",
		Doctor: "doctor",
		Both:   "the provider offers both", BothAsked: "every run asks the servers",
		Offline: "all mail at hand without a network", NotSaid: "not said", Yes: "yes", No: "no",
		AnswersDone: "done", AnswersDoneNote: "advise by these answers",
		NoNumber: "%s is not a number that fits here.", Answers: "Your answers: %s. c changes them.",
		NoAnswers: "You answered nothing yet, so the advice is for one person with one device. c answers.",
		OneDevice: "1 device", ManyDevices: "%s devices", IsShared: "others read it, too", IsOffline: "all mail at hand offline", Comma: ", ",
		HasHere: "%s on the device", HasThere: "%s on the server",

		BeNaive: "naive clients", NaiveNote: "no pipelining, whole messages, one command after the other", BeGood: "good clients",
		GoodNote: "each protocol used as well as it can be",
		RunIt:    "run", Dialogue: "dialogue", GoToStep: "go to that step", OtherScript: "other script", ChangeAnswers: "answers",
		RunAgain: "again", SaveIt: "save", ToAnswer: "answer", ToLanes: "steps", CopySettings: "copy settings",
		Pause: "pause", Resume: "go on", OneStep: "one step", StepByStep: "step by step", StopRun: "stop",
		NotOver: "the run is not over", NoSettings: "there are no settings to copy yet", NotRunning: "nothing is running",
		NothingToExplain: "Nothing is to be explained here.",
	}
}

func japaneseVersus() VersusWords {
	return VersusWords{
		Name: "比較", Title: "POP3 と IMAP を並べて", Protocols: map[string]Safe{"pop3": "POP3", "imap": "IMAP"},
		MenuHead:  "同じメールボックスに同じ操作を、POP3 と IMAP で行って並べます。何を比べますか。",
		CardHead:  "POP3 か IMAP か",
		CardMeans: "誰にでも当てはまることを1画面で。どの項目からも、それを示す手順へ移れます。",
		CardNote:  "プロバイダーにより、片方しか使えないことがあります。どの台本でも最初にサーバーへ確かめます。",
		Comparing: "%s の POP3 と IMAP を比べています", Script: "台本「%s」", ScriptShort: "「%s」", StepOf: "手順 %d / %d", Step: "手順 %d",
		Live: "実行中 %s", Done: "完了 %s", Held: "一時停止 %s", Ended: "中止 %s", Running: "手順 %d / %d を実行しています。esc で中止します。",
		Pausing: "手順 %d のあとで止まります。space で続行、. で1手順進みます。", Paused: "手順 %d のあとで止まっています。space で続行、. で1手順進みます。",
		Stopped: "中止しました。それまでの結果を表示しています。ctrl+r でもう一度実行します。",

		Device: "端末 %s", RoundTrips: "往復 %s 回", UpDownBytes: "%s / %s バイト", MoreLines: "ほか %s 行: enter",
		NothingSaid: "この手順では何もやり取りしていません。", After: "手順 %d のあと",
		ShortAbouts: [3]Safe{"サーバー", "A の画面", "B の画面"},
		Abouts:      [3]Safe{"サーバーの中身", "端末 A に見えるもの", "端末 B に見えるもの"}, UpDown: "上り / 下り バイト",
		Places: map[string]Safe{
			"sandbox":  "todoku の中の小さなインターネットで実行しました。実際のアカウントではこの手順を試しません。",
			"account":  "あなたのアカウントで、何も変えないコマンドだけで測りました (EXAMINE、PEEK、DELE なし)。",
			"computed": "サーバーが知らせた大きさから計算しました。何も取得していません。",
		},

		Line: "回線", Down: "下りバイト", Up: "上りバイト", Time: "時間",
		LineIs: "往復 %s、%s", TripsIn: "往復 %s 回、%s",

		Lines:      map[string]Safe{"lan": "LAN", "fibre": "光回線", "4g": "4G", "3g": "3G", "satellite": "衛星"},
		OtherLines: "ほかの回線", OwnLine: "任意", OtherLine: "回線", AskLine: "往復時間と毎秒のビット数 (例 80ms 2M):",
		NoLine: "%s は回線の値ではありません。80ms 2M のように、時間と量を書きます。", OnLine: "往復 %s、%s の回線で計算しました。",
		OffersHead: "サーバーの対応", Elsewhere: "ここで実行していない台本が示すこと", TalkLines: "%s 行",
		Playing: "再生中 %s", Recorded: "記録 %s", OnlyRecorded: "これは記録の再生です",
		NotRecorded: "この記録に台本「%s」はありません。`todoku compare --script NAME` で実行できます。",
		RunBefore:   "直前の比較", RunBeforeNote: "この台本を、この画面で",
		PageFile: "人に見せるページ", PageNote: "HTML 1ファイル。アドレスの @ の左を伏せます",
		AskFetch:  "RETR で「%s」(%s) を取得しますか。",
		AskDetail: "%s では、RETR だけで既読になることがあります。接続が切れても同じです。取得したメールを隠す、保管へ移す、後で削除するプロバイダーもあります。", FetchNot: "計算で済ます", FetchOne: "取得する",

		Devices: "このメールボックスを読む端末の数", Shared: "ほかの人も読む", RoomHere: "端末の空き容量", RoomThere: "サーバーの容量",
		Doctor: "診断",
		Both:   "プロバイダーが両方に対応", BothAsked: "実行のたびにサーバーへ確かめます",
		Offline: "接続なしですべてのメールを読む", NotSaid: "未回答", Yes: "はい", No: "いいえ",
		AnswersDone: "決定", AnswersDoneNote: "この回答で提案します",
		NoNumber: "%s はここで使える数ではありません。", Answers: "あなたの回答: %s。c で変更します。",
		NoAnswers: "まだ回答がないので、1人で1台を使う場合の提案です。c で回答します。",
		OneDevice: "端末 1 台", ManyDevices: "端末 %s 台", IsShared: "ほかの人も読む", IsOffline: "接続なしで全部読む", Comma: "、",
		HasHere: "端末に %s", HasThere: "サーバーに %s",

		BeNaive: "素朴なクライアント", NaiveNote: "まとめ送りなし、メール全体を取得、1コマンドずつ", BeGood: "よくできたクライアント",
		GoodNote: "それぞれの方式を最もよく使う",
		RunIt:    "実行", Dialogue: "対話の全文", GoToStep: "その手順へ", OtherScript: "別の台本", ChangeAnswers: "回答",
		RunAgain: "もう一度", SaveIt: "保存", ToAnswer: "結論", ToLanes: "手順", CopySettings: "設定をコピー",
		Pause: "一時停止", Resume: "続行", OneStep: "1手順", StepByStep: "1手順ずつ", StopRun: "中止",
		NotOver: "まだ終わっていません", NoSettings: "コピーする設定はまだありません", NotRunning: "実行中のものはありません",
		NothingToExplain: "ここで説明することはありません。",
	}
}

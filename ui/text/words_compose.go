package text

// ComposeWords are the words of writing and sending.
type ComposeWords struct {
	Title            Safe
	Answering        Safe // who
	Forwarding       Safe
	Again            Safe
	Saved            Safe // time
	Unsaved          Safe
	SaveFail         Safe // error
	From             Safe
	To               Safe
	Cc               Safe
	Bcc              Safe
	Subject          Safe
	Attach           Safe
	Through          Safe // server
	NoServer         Safe
	NoFile           Safe
	AddFile          Safe
	FileName         Safe
	FileGone         Safe // name
	Attached         Safe // name, size
	NotAFile         Safe // path
	TooLong          Safe
	Size             Safe // size
	SizeOf           Safe // size, limit
	SizeUnknown      Safe // size
	TooLarge         Safe // size, limit
	Text             Safe
	TextKind         Safe // size
	Checks           Safe
	MoreChecks       Safe // how many
	Refused          Safe // address, day, reason
	ShowKey          Safe
	Messages         Safe // count, last
	OneMessage       Safe // last
	Begun            Safe
	NewLine          Safe
	Picks            Safe
	Takes            Safe // address
	Kept             Safe
	Dropped          Safe
	SendAnyway       Safe
	ChooseFrom       Safe
	EditorFail       Safe // error
	EditorKept       Safe // error, path
	EditorNone       Safe
	SentTitle        Safe
	QueuedAs         Safe // id, server
	Sending          Safe
	HeadTo           Safe
	Said             Safe
	Copy             Safe
	CopyOK           Safe // folder, how
	CopyAppend       Safe
	CopyOnDisk       Safe
	CopyFail         Safe
	CopyWait         Safe
	AllTaken         Safe // server, count, of
	YouAct           Safe // count, of, what
	OtherTaken       Safe
	OthersTaken      Safe // count
	TriesAgain       Safe // next try
	Elsewhere        Safe
	GaveUp           Safe
	Waits            Safe // next try
	WaitsFor         Safe // count, of, next try
	Unknown          Safe
	NotSent          Safe
	OnlyTrace        Safe
	Suggest          Safe // address, suggestion
	CorrectHint      Safe
	TakenHint        Safe
	WaitsHint        Safe
	UnknownHint      Safe
	BackHint         Safe
	CorrectKey       Safe
	TakeBackKey      Safe
	NotWaiting       Safe
	NothingToCorrect Safe
	SaidOf           Safe // address
	CameBack         Safe // count, of
	NotYet           Safe // count, of
	LateOnes         Safe // count, of
	SentOn           Safe // count
	AgainHint        Safe
	ShowAgain        Safe // to whom
	AgainKey         Safe
	EditKey          Safe
	AgainAsk         Safe // to whom
	AgainNo          Safe
	AgainYes         Safe
	AgainEdit        Safe
	AskedFirst       Safe
	NoRecord         Safe
	RetryKey         Safe
	DialogueKey      Safe
	NothingSaid      Safe
	OutboxTitle      Safe
	DraftsTitle      Safe
	OutboxRow        Safe
	DraftsRow        Safe
	NoSubject        Safe
	NothingKept      Safe
	NothingGone      Safe
	BackToDraft      Safe
	DropAsk          Safe // files
	DropKeep         Safe
	DropYes          Safe
	DraftBack        Safe
	AboutDraft       Safe
	OpenKey          Safe
	DraftGone        Safe
	DraftGoneUndo    Safe
	DraftMark        Safe
	NextTry          Safe            // time
	States           map[string]Safe // of outbox entries
	FooterPick       Safe
	FooterLeave      Safe
	FooterField      Safe
	FooterLine       Safe
}

func englishCompose() ComposeWords {
	return ComposeWords{
		Title: "write", Answering: "reply to %s", Forwarding: "forward", Again: "once more",
		Saved: "draft saved %s", Unsaved: "not saved yet", SaveFail: "You must act, the draft is only on the screen: %s",
		From: "From", To: "To", Cc: "Cc", Bcc: "Bcc", Subject: "Subject", Attach: "Attach",
		Through: "through %s", NoServer: "no server to send through",
		NoFile: "none; enter picks a file", AddFile: "enter adds, backspace removes the last", FileName: "attach file",
		FileGone: "%s is not attached any more.", Attached: "Attached %s, %s.",
		NotAFile: "You must name a file: %s is not one.",
		TooLong:  "You must shorten it: the text would be longer than 1 MB. Nothing was added.",
		Size:     "size %s", SizeOf: "size %s of %s", SizeUnknown: "size %s, limit not known", TooLarge: "size %s, the server takes %s",
		Text: "text", TextKind: "UTF-8, plain, %s", Checks: "before it leaves", MoreChecks: "and %d more: ctrl+k explain", Refused: "mail to %s came back %s: %s", ShowKey: "the new one",
		Messages: "%s messages, last %s", OneMessage: "1 message, %s",
		Begun: "typing: enter goes to the next field", NewLine: "typing: enter makes a new line, ctrl+_ undoes",
		Picks: "typing: enter chooses", Takes: "typing: enter takes %s",
		Kept: "Draft kept; u reopens it.", Dropped: "Nothing was written; no draft was kept.",
		SendAnyway: "ctrl+x again sends it all the same.",
		ChooseFrom: "write as", EditorFail: "You must look at the editor: it ended with \"%s\". The text is as before.",
		EditorKept: "You must look at the editor: it ended with \"%s\". The text is as before; what it wrote is in %s.",
		EditorNone: "You must set editor in the configuration, or $EDITOR: no editor is set.",
		SentTitle:  "sent", QueuedAs: "queued as %s on %s", Sending: "sending",
		HeadTo: "to", Said: "the server said", Copy: "copy", CopyOK: "in %s, %s: ok", CopyAppend: "by IMAP APPEND", CopyOnDisk: "on disk",
		CopyFail: "Nobody must act: it is not in Sent yet, todoku tries again. The message itself was accepted.", CopyWait: "wait",
		AllTaken: "%s accepted it for %d of %d (step 1 of 4).", YouAct: "You must act for %d of %d: %s",
		OtherTaken: "The server accepted it for the other one.", OthersTaken: "The server accepted it for the other %d.",
		TriesAgain: "todoku tries again at %s.", Elsewhere: "Nobody must act: another todoku is sending it.",
		GaveUp:      "You must act: todoku tried several times and does not try again by itself.",
		Waits:       "Nobody must act: todoku tries again at %s.",
		WaitsFor:    "Nobody must act: for %d of %d todoku tries again at %s.",
		Unknown:     "You must decide: the connection broke before the server's answer, so it may have been sent.",
		NotSent:     "The message has not left.",
		OnlyTrace:   "Steps 2 to 4 are unknown from here: only a trace, or a bounce, can tell.",
		Suggest:     "%s: did you mean %s? 1 corrects and sends again.",
		CorrectHint: "1 corrects the address and sends again.", TakenHint: "enter shows the dialogue, esc goes back.",
		WaitsHint:   "ctrl+r sends it now, d takes it back to the drafts, esc leaves it in the outbox.",
		UnknownHint: "Ask a recipient first. ctrl+r sends it again, d takes it back to the drafts.",
		BackHint:    "The draft is kept as it was. e explains, esc goes back to it.",
		TakeBackKey: "back to drafts", NotWaiting: "it does not wait in the outbox", NothingToCorrect: "no recipient was refused",
		SaidOf:   "the server said of %s",
		CameBack: "It came back from %d of %d.", NotYet: "Nobody must act: for %d of %d the sending server is still trying.",
		LateOnes:  "You may ask another way: %d of %d had not got it, and nothing came since.",
		SentOn:    "Nobody must act: it came back from %d, and was sent again.",
		AgainHint: "1 sends it again, 2 writes it anew, t traces the way there, e explains.", ShowAgain: "It was sent again to %s. 3 shows what became of that.",
		AgainKey: "send again", EditKey: "edit address",
		AgainAsk: "Send it again, to %s?", AgainNo: "no", AgainYes: "send", AgainEdit: "write first",
		AskedFirst: "Nothing has been sent yet.", NoRecord: "Another program sent it: what the server answered is not known here.",
		CorrectKey:  "correct and resend",
		RetryKey:    "send now",
		DialogueKey: "dialogue",
		NothingSaid: "nothing yet",
		OutboxTitle: "outbox", DraftsTitle: "drafts", OutboxRow: "Outbox", DraftsRow: "Drafts here", NoSubject: "(no subject)",
		NothingKept: "Nothing waits. m writes.", NothingGone: "nothing was removed here", BackToDraft: "It is a draft again.",
		DropAsk: "Remove the draft and its files (%d) for good?", DropKeep: "keep", DropYes: "remove", DraftBack: "The draft is back.",
		AboutDraft: "A draft: enter goes on writing.", OpenKey: "open",
		DraftGone: "Draft removed.", DraftGoneUndo: "Draft removed. u brings it back.", DraftMark: "draft", NextTry: "next try %s",
		States: map[string]Safe{"queued": "wait", "claimed": "live", "sending": "live", "unknown": "unknown", "accepted": "ok",
			"filed": "ok", "refused": "fail"},
		FooterPick: "choose", FooterLeave: "leave, draft kept", FooterField: "next field", FooterLine: "new line",
	}
}

func japaneseCompose() ComposeWords {
	return ComposeWords{
		Title: "作成", Answering: "%s への返信", Forwarding: "転送", Again: "再送",
		Saved: "下書き保存 %s", Unsaved: "未保存", SaveFail: "あなたが対応します。下書きは画面にしかありません: %s",
		From: "差出人", To: "宛先", Cc: "写し", Bcc: "BCC", Subject: "件名", Attach: "添付",
		Through: "%s 経由", NoServer: "送信サーバーなし",
		NoFile: "なし。enter で選ぶ", AddFile: "enter で追加、backspace で最後を外す", FileName: "添付するファイル",
		FileGone: "%s を外しました。", Attached: "%s を添付しました (%s)。",
		NotAFile: "あなたがファイルを選びます。%s はファイルではありません。",
		TooLong:  "あなたが短くします。本文が1 MBを超えるので、何も加えていません。",
		Size:     "大きさ %s", SizeOf: "大きさ %s / %s", SizeUnknown: "大きさ %s、上限は不明", TooLarge: "大きさ %s、サーバーの上限は %s",
		Text: "本文", TextKind: "UTF-8、テキスト、%s", Checks: "送信前の確認", MoreChecks: "他%d件: ctrl+k 説明", Refused: "%s は不達 %s: %s", ShowKey: "再送の結果",
		Messages: "%s通、最後は%s", OneMessage: "1通、%s",
		Begun: "入力中: enter で次の欄", NewLine: "入力中: enter で改行、ctrl+_ で元に戻す",
		Picks: "入力中: enter で選ぶ", Takes: "入力中: enter で %s を選ぶ",
		Kept: "下書きを残しました。u でまた開きます。", Dropped: "何も書かれていないので、下書きは残していません。",
		SendAnyway: "もう一度 ctrl+x で、このまま送ります。",
		ChooseFrom: "差出人", EditorFail: "あなたがエディターを確かめます。「%s」で終わりました。本文は前のままです。",
		EditorKept: "あなたがエディターを確かめます。「%s」で終わりました。本文は前のままで、書かれたものは %s にあります。",
		EditorNone: "あなたが設定の editor か $EDITOR に書きます。エディターが未設定です。",
		SentTitle:  "送信", QueuedAs: "%s として %s で受付", Sending: "送信中",
		HeadTo: "宛先", Said: "サーバーの応答", Copy: "控え", CopyOK: "%sに保存 (%s): 正常", CopyAppend: "IMAP APPEND", CopyOnDisk: "ディスク",
		CopyFail: "誰の操作も不要です。送信済みにまだないので、todokuがもう一度試します。メール自体は受け付けられました。", CopyWait: "待ち",
		AllTaken: "%s が %d / %d 件を受け付けました (段階 1 / 4)。", YouAct: "あなたが対応するのは %d / %d 件です。%s",
		OtherTaken: "残りの1件は受け付けられました。", OthersTaken: "残りの%d件は受け付けられました。",
		TriesAgain: "%s にtodokuが再送します。", Elsewhere: "誰の操作も不要です。別のtodokuが送信中です。",
		GaveUp:      "あなたが対応します。todokuは何度か試したので、もう自動では送りません。",
		Waits:       "誰の操作も不要です。%s にtodokuが再送します。",
		WaitsFor:    "誰の操作も不要です。%d / %d 件は %s にtodokuが再送します。",
		Unknown:     "あなたが決めます。サーバーの答えの前に接続が切れたので、送られた可能性があります。",
		NotSent:     "メールは出ていません。",
		OnlyTrace:   "段階2から4は、ここからは不明です。追跡か不達通知だけが教えます。",
		Suggest:     "%s: %s のことですか。1 で直して送り直します。",
		CorrectHint: "1 で宛先を直して送り直します。", TakenHint: "enter で対話を見ます。esc で戻ります。",
		WaitsHint:   "ctrl+r で今すぐ送り、d で下書きに戻し、esc で送信待ちに残します。",
		UnknownHint: "先に受取人に尋ねます。ctrl+r で送り直し、d で下書きに戻します。",
		BackHint:    "下書きは前のままです。e で説明、esc で下書きに戻ります。",
		TakeBackKey: "下書きに戻す", NotWaiting: "送信待ちではありません", NothingToCorrect: "拒否された宛先はありません",
		SaidOf:   "%s へのサーバーの応答",
		CameBack: "%d / %d 件が不達です。", NotYet: "誰の操作も不要です。%d / %d 件は送信側のサーバーが再送しています。",
		LateOnes:  "あなたは別の方法で尋ねることができます。%d / %d 件が遅延し、その後の知らせがありません。",
		SentOn:    "誰の操作も不要です。不達の%d件は再送済みです。",
		AgainHint: "1 で再送し、2 で書き直し、t で経路を追跡し、e で説明します。", ShowAgain: "%s へ再送しました。3 でその結果を見ます。",
		AgainKey: "再送", EditKey: "宛先を直す",
		AgainAsk: "%s へもう一度送りますか。", AgainNo: "いいえ", AgainYes: "送る", AgainEdit: "先に直す",
		AskedFirst: "まだ何も送っていません。", NoRecord: "別のプログラムが送ったので、サーバーの応答はここでは不明です。",
		CorrectKey:  "直して再送",
		RetryKey:    "今すぐ送信",
		DialogueKey: "対話",
		NothingSaid: "まだなし",
		OutboxTitle: "送信待ち", DraftsTitle: "下書き", OutboxRow: "送信待ち", DraftsRow: "書きかけ", NoSubject: "(件名なし)",
		NothingKept: "何も待っていません。m で書きます。", NothingGone: "ここで取り除いたものはありません", BackToDraft: "下書きに戻しました。",
		DropAsk: "下書きと添付 (%d件) を取り除きますか。", DropKeep: "残す", DropYes: "取り除く", DraftBack: "下書きが戻りました。",
		AboutDraft: "下書きです。enter で続きを書きます。", OpenKey: "開く",
		DraftGone: "下書きを取り除きました。", DraftGoneUndo: "下書きを取り除きました。u で戻せます。", DraftMark: "下書き", NextTry: "次は %s",
		States: map[string]Safe{"queued": "待ち", "claimed": "実行中", "sending": "実行中", "unknown": "不明", "accepted": "正常",
			"filed": "正常", "refused": "失敗"},
		FooterPick: "選ぶ", FooterLeave: "残して戻る", FooterField: "次の欄", FooterLine: "改行",
	}
}

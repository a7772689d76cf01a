package text

// AppWords are the words of the frame around every screen.
type AppWords struct {
	Needs         Safe // width, height
	ImeOn         Safe
	NotHere       Safe // key, long name of the verb
	Unbound       Safe // key
	Commands      Safe
	CountOf       Safe // shown, all
	Keys          Safe
	Conflicts     Safe // count
	OwnKeys       Safe
	MuttKeys      Safe
	PaletteFoot   Safe
	HelpFoot      Safe
	ChoiceFoot    Safe
	ListFoot      Safe
	PromptFoot    Safe
	CompleteFoot  Safe
	AnswerFoot    Safe
	Notices       Safe
	NoNotices     Safe
	Waiting       Safe // what, done, of, seconds
	WaitingNoEnd  Safe // what, seconds
	Stopped       Safe // what
	StoppedAll    Safe
	NothingToStop Safe
	NothingToUndo Safe
	Crashed       Safe
	CtrlK         Safe
	OffHere       Safe
	NotYet        Safe
	NoMatch       Safe
	Copied        Safe
	Keep          Safe
	Language      Safe
	ExplainHint   Safe
	Between       Safe // between two sentences
	Accounts      Safe
	CheckedOne    Safe
	CheckedMany   Safe // accounts
}

func englishApp() AppWords {
	return AppWords{
		Needs:         "todoku needs 40x12; here %dx%d.",
		ImeOn:         "日本語入力がオンです。オフにするとキーが効きます。",
		NotHere:       "%s (%s) does nothing here.",
		Unbound:       "%s is not a key here. ? shows the keys.",
		Commands:      "all commands",
		CountOf:       "%d of %d",
		Keys:          "keys",
		Conflicts:     "%d conflicts",
		OwnKeys:       "own key set",
		MuttKeys:      "mutt-like key set",
		PaletteFoot:   "enter run  up/down choose  tab complete  esc close",
		HelpFoot:      "esc close  / find a key  up/down scroll",
		ChoiceFoot:    "enter choose  up/down move  esc close",
		ListFoot:      "up/down scroll  esc close",
		PromptFoot:    "enter go on  esc give up",
		CompleteFoot:  "enter go on  tab complete  esc give up",
		AnswerFoot:    "1-9 answer  enter the first  esc change nothing",
		Notices:       "notices",
		NoNotices:     "Nothing was said yet.",
		Waiting:       "%s %s of %s, %s. esc stops",
		WaitingNoEnd:  "%s, %s. esc stops",
		Stopped:       "Stopped: %s.",
		StoppedAll:    "Stopped. ctrl+c again quits.",
		NothingToStop: "Nothing is running. ctrl+c again quits.",
		NothingToUndo: "Nothing to undo.",
		Crashed:       "todoku stopped because of a fault of its own; the terminal is as before. Nothing stored was lost.",
		CtrlK:         "all",
		OffHere:       "off here",
		NotYet:        "not in this release",
		NoMatch:       "Nothing fits.",
		Copied:        "Copied %d characters to the clipboard of the terminal.",
		Keep:          "keep",
		Language:      "English.",
		ExplainHint:   " e explains.", Between: " ",
		Accounts: "accounts", CheckedOne: "no mistakes, 1 account", CheckedMany: "no mistakes, %d accounts",
	}
}

func japaneseApp() AppWords {
	return AppWords{
		Needs:         "todoku には 40x12 が必要です。今は %dx%d です。",
		ImeOn:         "日本語入力がオンです。オフにするとキーが効きます。",
		NotHere:       "%s (%s) はここでは使いません。",
		Unbound:       "%s に割り当てはありません。? でキーの一覧を表示します。",
		Commands:      "すべての操作",
		CountOf:       "%d / %d",
		Keys:          "キー",
		Conflicts:     "重複 %d",
		OwnKeys:       "標準のキー",
		MuttKeys:      "mutt 風のキー",
		PaletteFoot:   "enter 実行  up/down 選ぶ  tab 補完  esc 閉じる",
		HelpFoot:      "esc 閉じる  / キーを探す  up/down スクロール",
		ChoiceFoot:    "enter 決定  up/down 選ぶ  esc 閉じる",
		ListFoot:      "up/down スクロール  esc 閉じる",
		PromptFoot:    "enter 決定  esc やめる",
		CompleteFoot:  "enter 決定  tab 補完  esc やめる",
		AnswerFoot:    "1-9 答える  enter 1を選ぶ  esc 何も変えない",
		Notices:       "お知らせ",
		NoNotices:     "お知らせはまだありません。",
		Waiting:       "%s %s / %s、%s。esc で中止",
		WaitingNoEnd:  "%s、%s。esc で中止",
		Stopped:       "中止しました: %s。",
		StoppedAll:    "中止しました。もう一度 ctrl+c で終了します。",
		NothingToStop: "実行中の作業はありません。もう一度 ctrl+c で終了します。",
		NothingToUndo: "取り消せる変更はありません。",
		Crashed:       "todoku 自身の不具合で停止しました。端末は元の状態です。保存済みのものは失われていません。",
		CtrlK:         "全操作",
		OffHere:       "ここでは不可",
		NotYet:        "この版にはありません",
		NoMatch:       "該当するものはありません。",
		Copied:        "%d 文字を端末のクリップボードへコピーしました。",
		Keep:          "残す",
		Language:      "日本語で表示します。",
		ExplainHint:   " e で説明。", Between: "",
		Accounts: "アカウント", CheckedOne: "誤りはありません。アカウント1件", CheckedMany: "誤りはありません。アカウント%d件",
	}
}

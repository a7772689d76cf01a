package text

// ReaderWords are the words of a message, in the reader and in the mailbox's pane.
type ReaderWords struct {
	At           Safe // position, total
	From         Safe
	To           Safe
	Cc           Safe
	Bcc          Safe
	Path         Safe
	Auth         Safe
	AuthPane     Safe // state
	AuthUnknown  Safe // what the server says
	AuthNothing  Safe
	PathPane     Safe // steps, total
	PathNone     Safe
	NoMark       Safe
	NoMarkLong   Safe
	ClockBack    Safe // span
	You          Safe
	YouPlus      Safe // others
	OneFile      Safe
	Files        Safe // count
	Fold         Safe // lines, who
	FoldPlain    Safe // lines
	HTML         Safe
	Remote       Safe // count
	NoText       Safe
	Fetching     Safe // size
	Incomplete   Safe // why
	Mislabelled  Safe // label, used
	CharsetNow   Safe // charset
	NoCharset    Safe
	HeadersAll   Safe
	HeadersRaw   Safe
	HeadersShort Safe
	Parts        Safe
	SaveTo       Safe
	Saved        Safe // path
	OpenLink     Safe // url
	LinkCopy     Safe
	LinkKeep     Safe
	NoNumber     Safe // number
	FirstOne     Safe
	LastOne      Safe
	TopOfText    Safe
	EndOfText    Safe
	NotStored    Safe
	SaveFail     Safe // error
	NoHit        Safe // words
	New          Safe // unread messages of the folder
	Name         Safe
	PageOn       Safe
	OtherMessage Safe
	All          Safe
	OpenThing    Safe
}

func englishReader() ReaderWords {
	return ReaderWords{
		At:           "%s of %s",
		From:         "from",
		To:           "to",
		Cc:           "cc",
		Bcc:          "bcc",
		Path:         "path",
		Auth:         "auth",
		AuthPane:     "auth %s",
		AuthUnknown:  "unknown: not checked here; the server says %s",
		AuthNothing:  "unknown: not checked here; the server says nothing",
		PathPane:     "path %s in %s",
		PathNone:     "unknown: no server left a mark",
		NoMark:       "no mark",
		NoMarkLong:   "DNS leaves no mark",
		ClockBack:    "%s clock",
		You:          "you",
		YouPlus:      "you + %d",
		OneFile:      "1 file",
		Files:        "%d files",
		Fold:         "> %d lines of %s; z unfolds",
		FoldPlain:    "> %d quoted lines; z unfolds",
		HTML:         "HTML shown as text",
		Remote:       "%d remote images not fetched",
		NoText:       "This message has no text. v shows its parts.",
		Fetching:     "fetching %s",
		Incomplete:   "A part is missing: %s. h shows the raw source.",
		Mislabelled:  "Charset: labelled \"%s\", but the bytes are %s; shown as %s. E tries the next one.",
		CharsetNow:   "Shown as %s. E tries the next one.",
		NoCharset:    "No other charset fits these bytes.",
		HeadersAll:   "All header fields. h shows the raw source.",
		HeadersRaw:   "The source as it came. h shows the short header.",
		HeadersShort: "The short header.",
		Parts:        "parts",
		SaveTo:       "save to",
		Saved:        "Saved as %s.",
		OpenLink:     "%s  What should happen?",
		LinkCopy:     "copy it",
		LinkKeep:     "nothing",
		NoNumber:     "Nothing here has the number %d.",
		FirstOne:     "This is the first message.",
		LastOne:      "This is the last message.",
		TopOfText:    "This is the beginning.",
		EndOfText:    "This is the end.",
		NotStored:    "The text is not on this disk yet.",
		SaveFail:     "The part was not saved: %s.",
		New:          "%s new", NoHit: "The text does not hold \"%s\".", Name: "reader", PageOn: "page", OtherMessage: "other message", All: "all", OpenThing: "open",
	}
}

func japaneseReader() ReaderWords {
	return ReaderWords{
		At:           "%s / %s",
		From:         "差出人",
		To:           "宛先",
		Cc:           "写し",
		Bcc:          "秘密の写し",
		Path:         "経路",
		Auth:         "認証",
		AuthPane:     "認証 %s",
		AuthUnknown:  "不明: ここでは未検査。サーバーの判定は %s",
		AuthNothing:  "不明: ここでは未検査。サーバーの判定もありません",
		PathPane:     "経路 %s 計%s",
		PathNone:     "不明: サーバーの記録がありません",
		NoMark:       "記録なし",
		NoMarkLong:   "DNSは記録を残しません",
		ClockBack:    "%s 時計ずれ",
		You:          "あなた",
		YouPlus:      "あなた + %d",
		OneFile:      "添付 1",
		Files:        "添付 %d",
		Fold:         "> %d 行 (%s)。z で開きます",
		FoldPlain:    "> 引用 %d 行。z で開きます",
		HTML:         "HTMLを文字で表示",
		Remote:       "外部の画像 %d 件は取得していません",
		NoText:       "本文はありません。v で構成部分を表示します。",
		Fetching:     "%s を取得しています",
		Incomplete:   "欠けている部分があります: %s。h で原文を表示します。",
		Mislabelled:  "文字コード: 表示は \"%s\" ですが、中身は %s です。%s で表示中。E で次を試します。",
		CharsetNow:   "%s で表示中。E で次を試します。",
		NoCharset:    "ほかに合う文字コードはありません。",
		HeadersAll:   "ヘッダー全部です。h で原文を表示します。",
		HeadersRaw:   "届いたままの原文です。h で要約に戻ります。",
		HeadersShort: "ヘッダーの要約です。",
		Parts:        "構成部分",
		SaveTo:       "保存先",
		Saved:        "%s に保存しました。",
		OpenLink:     "%s  どうしますか。",
		LinkCopy:     "コピーする",
		LinkKeep:     "何もしない",
		NoNumber:     "番号 %d のものはありません。",
		FirstOne:     "最初のメールです。",
		LastOne:      "最後のメールです。",
		TopOfText:    "先頭です。",
		EndOfText:    "末尾です。",
		NotStored:    "本文はまだこのディスクにありません。",
		SaveFail:     "保存していません: %s。",
		New:          "未読 %s",
		NoHit:        "本文に「%s」はありません。", Name: "本文", PageOn: "次ページ", OtherMessage: "前後のメール", All: "全員", OpenThing: "開く",
	}
}

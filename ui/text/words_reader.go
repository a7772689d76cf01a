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
	Fate         Safe
	PartNames    map[string]Safe // what a part without a file name is, by its type
	Damages      map[string]Safe // what is broken in a message's form, by mail's code
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
		New:          "%s new", NoHit: "The text does not hold \"%s\".", Name: "reader", PageOn: "page", OtherMessage: "other message", All: "all", OpenThing: "open", Fate: "who got it",
		PartNames: map[string]Safe{"message/delivery-status": "delivery report", "text/rfc822-headers": "header of the message",
			"message/rfc822": "a message"},
		Damages: map[string]Safe{
			"header.too-long":              "The header is too long; its end was left out. h shows the source.",
			"header.line-malformed":        "The header holds a line that is no field. h shows the source.",
			"header.missing":               "This message has no header. h shows the source.",
			"mime.type-malformed":          "A part does not say what it is; it is shown as plain text.",
			"mime.boundary-undeclared":     "The message says it has parts, but not where they begin; it is shown as one text.",
			"mime.boundary-missing":        "The message names parts that never begin; it is shown as one text.",
			"mime.end-missing":             "The end of the message is missing; it may have been cut off.",
			"mime.too-deep":                "Parts lie too deep in one another; the innermost are not taken apart.",
			"mime.too-many-parts":          "There are too many parts; the last ones are left out.",
			"mime.encoding-unknown":        "A part names an encoding that nobody knows; it is shown as it came.",
			"mime.base64-broken":           "A part is damaged (base64); some of it may be missing.",
			"mime.quoted-printable-broken": "A part is damaged (quoted-printable); some of it may be wrong.",
			"mime.part-too-large":          "A part is too large; only its beginning is shown.",
			"charset.undecodable":          "Some bytes mean nothing in this charset. E tries the next one.",
			"text.cut":                     "The text is too long; only its beginning is shown.",
			"html.cut":                     "The HTML is too long; only its beginning is shown.",
			"message.too-large":            "The message is too large; only its beginning was read.",
		},
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
		NoHit:        "本文に「%s」はありません。", Name: "本文", PageOn: "次ページ", OtherMessage: "前後のメール", All: "全員", OpenThing: "開く", Fate: "届いたか",
		PartNames: map[string]Safe{"message/delivery-status": "配送の報告", "text/rfc822-headers": "メールのヘッダー",
			"message/rfc822": "メール"},
		Damages: map[string]Safe{
			"header.too-long":              "ヘッダーが長すぎるため、終わりを省いています。h で原文を表示します。",
			"header.line-malformed":        "ヘッダーに項目ではない行があります。h で原文を表示します。",
			"header.missing":               "ヘッダーがありません。h で原文を表示します。",
			"mime.type-malformed":          "種類のわからない部分を、文字として表示しています。",
			"mime.boundary-undeclared":     "部分の区切りが書かれていないため、一つの本文として表示しています。",
			"mime.boundary-missing":        "書かれた区切りが現れないため、一つの本文として表示しています。",
			"mime.end-missing":             "終わりの区切りがありません。途中で切れている可能性があります。",
			"mime.too-deep":                "入れ子が深すぎるため、最も内側は分解していません。",
			"mime.too-many-parts":          "部分が多すぎるため、最後の部分を省いています。",
			"mime.encoding-unknown":        "知られていない符号化です。届いたままを表示しています。",
			"mime.base64-broken":           "壊れた部分があります (base64)。欠けている可能性があります。",
			"mime.quoted-printable-broken": "壊れた部分があります (quoted-printable)。誤りを含む可能性があります。",
			"mime.part-too-large":          "大きすぎる部分があります。先頭だけを表示しています。",
			"charset.undecodable":          "この文字コードでは読めない文字があります。E で次を試します。",
			"text.cut":                     "本文が長すぎるため、先頭だけを表示しています。",
			"html.cut":                     "HTMLが長すぎるため、先頭だけを表示しています。",
			"message.too-large":            "メールが大きすぎるため、先頭だけを読みました。",
		},
	}
}

package text

// WireWords are the words of the wire pane.
type WireWords struct {
	Title       Safe
	Lines       Safe // count
	Following   Safe
	Paused      Safe
	Server      Safe
	Both        Safe
	Empty       Safe
	More        Safe // lines, first words
	Octets      Safe // size
	Dropped     Safe // count
	Close       Safe
	Unfold      Safe
	CopyLine    Safe
	SaveVerb    Safe
	AskedAt     Safe // question, server
	Saved       Safe // path, lines
	SaveAs      Safe
	NoHit       Safe // words
	Connect     Safe // address
	Closed      Safe
	TLS         Safe // version, curve, name, issuer, expiry
	TLSPlain    Safe // version, name
	NotVerified Safe
	Error       Safe
}

func englishWire() WireWords {
	return WireWords{
		Title:     "wire",
		Lines:     "%s lines",
		Following: "following",
		Paused:    "G follows",
		Server:    "server's side",
		Both:      "both sides",
		Empty:     "Nothing was said on a line yet. ctrl+r asks the server.",
		More:      "(+ %d lines: %s)",
		Octets:    "(%s)",
		Dropped:   "%s events came too fast to be shown",
		Close:     "close", Unfold: "unfold", CopyLine: "copy line", SaveVerb: "save",
		AskedAt:     "%s at %s",
		Saved:       "Saved %[2]s lines in %[1]s.",
		SaveAs:      "save the wire as",
		NoHit:       "No line holds \"%s\".",
		Connect:     "connected to %s",
		Closed:      "closed",
		TLS:         "%s, %s, certificate %s from %s, to %s",
		TLSPlain:    "%s with %s",
		NotVerified: "not verified",
		Error:       "failed: %s",
	}
}

func japaneseWire() WireWords {
	return WireWords{
		Title:     "通信",
		Lines:     "%s 行",
		Following: "追従中",
		Paused:    "G で追従",
		Server:    "サーバー側",
		Both:      "両側",
		Empty:     "まだ何も通信していません。ctrl+r でサーバーに尋ねます。",
		More:      "(ほか %d 行: %s)",
		Octets:    "(%s)",
		Dropped:   "速すぎて表示できなかった記録が %s 件あります",
		Close:     "閉じる", Unfold: "開く", CopyLine: "行をコピー", SaveVerb: "保存",
		AskedAt:     "%s を %s に質問",
		Saved:       "%[2]s 行を %[1]s に保存しました。",
		SaveAs:      "通信の保存先",
		NoHit:       "「%s」を含む行はありません。",
		Connect:     "%s に接続",
		Closed:      "切断",
		TLS:         "%s, %s, 証明書 %s (発行 %s、期限 %s)",
		TLSPlain:    "%s、相手 %s",
		NotVerified: "未検証",
		Error:       "失敗: %s",
	}
}

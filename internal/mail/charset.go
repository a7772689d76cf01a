package mail

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// textEncoding is a charset that todoku can read. Name is the one that is shown; several labels may share a decoder.
type textEncoding struct {
	Name   string
	family string // encodings of one family read the same octets the same way
	decode func([]byte) string
}

// Decode gives the text as valid UTF-8. Octets that mean nothing in the charset become U+FFFD; it never fails.
func (e textEncoding) Decode(b []byte) string { return e.decode(b) }

// SameAs reports whether both encodings read the same octets the same way, as Shift_JIS and CP932 do here.
func (e textEncoding) SameAs(other textEncoding) bool { return e.family == other.family }

// maxCharsetLabel bounds a charset label in octets; the longest registered name has 45.
const maxCharsetLabel = 64

// ownLabels are the charset labels seen in mail that the registries lack or read too narrowly, in lower case with
// "_" as "-". They map to names that ownEncoding knows or to labels of the WHATWG registry.
var ownLabels = map[string]string{
	"ascii": "us-ascii", "us-ascii": "us-ascii", "ansi-x3.4-1968": "us-ascii", "646": "us-ascii", "default": "us-ascii",
	"utf8": "utf-8", "utf-8": "utf-8", "utf-8-mac": "utf-8", "x-utf-8j": "utf-8", "unicode-1-1-utf-8": "utf-8", "cp65001": "utf-8", "utf-8mb4": "utf-8",
	"utf-7": "utf-7", "utf7": "utf-7", "unicode-1-1-utf-7": "utf-7", "cp65000": "utf-7", "x-unicode-2-0-utf-7": "utf-7",
	"utf-16": "utf-16", "utf-16be": "utf-16be", "utf-16le": "utf-16le", "ucs-2": "utf-16", "utf-32": "utf-32", "ucs-4": "utf-32",
	"iso-2022-jp": "iso-2022-jp", "csiso2022jp": "iso-2022-jp", "iso-2022-jp-1": "iso-2022-jp", "iso-2022-jp-2": "iso-2022-jp",
	"iso-2022-jp-3": "iso-2022-jp", "iso-2022-jp-2004": "iso-2022-jp", "iso-2022-jp-ms": "iso-2022-jp", "iso2022jp": "iso-2022-jp",
	"iso-2022jp": "iso-2022-jp", "jis": "iso-2022-jp", "x-jis": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp",
	"cp50222": "iso-2022-jp", "x-windows-50220": "iso-2022-jp", "x-windows-50221": "iso-2022-jp", "x-windows-iso2022jp": "iso-2022-jp",
	"shift-jis": "shift_jis", "sjis": "shift_jis", "x-sjis": "shift_jis", "shiftjis": "shift_jis", "csshiftjis": "shift_jis",
	"shift-jisx0213": "shift_jis", "shift-jis-2004": "shift_jis", "s-jis": "shift_jis",
	"cp932": "cp932", "ms932": "cp932", "windows-31j": "cp932", "cswindows31j": "cp932", "ms-kanji": "cp932", "windows-932": "cp932",
	"sjis-win": "cp932", "x-ms-cp932": "cp932", "ibm943": "cp932", "cp943": "cp932", "cp943c": "cp932", "sjis-open": "cp932",
	"euc-jp": "euc-jp", "eucjp": "euc-jp", "x-euc-jp": "euc-jp", "x-euc": "euc-jp", "euc": "euc-jp", "ujis": "euc-jp", "eucjp-ms": "euc-jp",
	"eucjp-win": "euc-jp", "cp51932": "euc-jp", "euc-jp-ms": "euc-jp", "cseucpkdfmtjapanese": "euc-jp", "eucjp-open": "euc-jp",
	"ks-c-5601": "euc-kr", "ks-c-5601-1987": "euc-kr", "ks-c-5601-1989": "euc-kr", "ksc5601": "euc-kr", "ksc-5601": "euc-kr", "cp949": "euc-kr",
	"ms949": "euc-kr", "uhc": "euc-kr", "windows-949": "euc-kr", "x-windows-949": "euc-kr", "euckr": "euc-kr", "euc-kr": "euc-kr", "korean": "euc-kr",
	"iso-2022-kr": "iso-2022-kr", "csiso2022kr": "iso-2022-kr", "hz": "hz-gb-2312", "hz-gb-2312": "hz-gb-2312",
	"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030", "ms936": "gb18030", "windows-936": "gb18030", "euc-cn": "gb18030",
	"gb-2312-80": "gb18030", "gb18030": "gb18030", "gb-18030": "gb18030", "cp950": "big5", "big-5": "big5", "big5-hkscs": "big5", "big5hkscs": "big5",
	"latin1": "iso-8859-1", "iso8859-1": "iso-8859-1", "iso-8859-1": "iso-8859-1", "iso-8859-1-i": "iso-8859-1", "8859-1": "iso-8859-1",
	"ansi-x3.110-1983": "iso-8859-1", "cp819": "iso-8859-1", "ansi": "windows-1252", "cp-850": "cp850", "iso-8859-8-i": "iso-8859-8", "latin-9": "iso-8859-15",
}

// lookupCharset finds the encoding that a label of a message means. Labels are compared without regard to case, quotes,
// spaces and "_"; the names that Japanese software really writes are known beside the registered ones.
func lookupCharset(label string) (textEncoding, bool) {
	label = cleanLabel(label)
	if label == "" || len(label) > maxCharsetLabel {
		return textEncoding{}, false
	}
	own := strings.ReplaceAll(label, "_", "-")
	if name, ok := ownLabels[own]; ok {
		if e, ok := ownEncoding(name); ok {
			return e, true
		}
		label = name
	}
	return registered(label)
}

func cleanLabel(label string) string {
	label = strings.Trim(label, " \t\r\n\"'")
	if i := strings.IndexAny(label, " ;,"); i >= 0 {
		label = label[:i]
	}
	return strings.ToLower(label)
}

func ownEncoding(name string) (textEncoding, bool) {
	switch name {
	case "us-ascii":
		return textEncoding{"US-ASCII", "us-ascii", decodeUTF8}, true
	case "utf-8":
		return encUTF8(), true
	case "utf-7":
		return textEncoding{"UTF-7", name, decodeUTF7}, true
	case "utf-16":
		return fromTable("UTF-16", name, unicode.UTF16(unicode.BigEndian, unicode.UseBOM)), true
	case "utf-32":
		return fromTable("UTF-32", name, utf32.UTF32(utf32.BigEndian, utf32.UseBOM)), true
	case "iso-2022-jp":
		return encISO2022JP(), true
	case "iso-2022-kr":
		return textEncoding{"ISO-2022-KR", name, decodeISO2022KR}, true
	case "hz-gb-2312":
		return fromTable("HZ-GB-2312", name, simplifiedchinese.HZGB2312), true
	case "shift_jis":
		return textEncoding{"Shift_JIS", "cp932", decodeCP932}, true
	case "cp932":
		return encCP932(), true
	case "euc-jp":
		return encEUCJP(), true
	case "euc-kr":
		return fromTable("EUC-KR", name, korean.EUCKR), true
	case "gb18030":
		return fromTable("GB18030", name, simplifiedchinese.GB18030), true
	case "iso-8859-1":
		e, ok := registered("windows-1252")
		e.Name = "ISO-8859-1"
		return e, ok
	}
	return textEncoding{}, false
}

func encUTF8() textEncoding      { return textEncoding{"UTF-8", "utf-8", decodeUTF8} }
func encCP932() textEncoding     { return textEncoding{"CP932", "cp932", decodeCP932} }
func encISO2022JP() textEncoding { return textEncoding{"ISO-2022-JP", "iso-2022-jp", decodeISO2022JP} }
func encEUCJP() textEncoding     { return fromTable("EUC-JP", "euc-jp", japanese.EUCJP) }

// registered asks the WHATWG registry, which reads supersets as mail needs them, then IANA's.
func registered(label string) (textEncoding, bool) {
	table, err := htmlindex.Get(label)
	if err == nil {
		name, _ := htmlindex.Name(table)
		if name != "" && name != "replacement" && name != "x-user-defined" {
			return fromTable(shownName(name), name, table), true
		}
	}
	table, err = ianaindex.MIME.Encoding(label)
	if err != nil || table == nil {
		return textEncoding{}, false
	}
	name, err := ianaindex.MIME.Name(table)
	if err != nil {
		name = label
	}
	return fromTable(name, strings.ToLower(name), table), true
}

// shownName gives registered names the case that their registry prints.
func shownName(name string) string {
	switch {
	case strings.HasPrefix(name, "windows-"), strings.HasPrefix(name, "macintosh"), strings.HasPrefix(name, "x-"):
		return name
	case name == "big5":
		return "Big5"
	}
	return strings.ToUpper(name)
}

func fromTable(shown, family string, table encoding.Encoding) textEncoding {
	return textEncoding{shown, family, func(b []byte) string { return decodeTable(table, b) }}
}

func decodeTable(table encoding.Encoding, b []byte) string {
	out, err := table.NewDecoder().Bytes(b)
	if err != nil {
		return decodeUTF8(b)
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

func decodeUTF8(b []byte) string {
	b = bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF"))
	if utf8.Valid(b) {
		return string(b)
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// maxCharsetRead bounds what CharsetReader takes from its input, in octets.
const maxCharsetRead = 32 << 20

// CharsetReader gives r's text in UTF-8. It has the shape that mime.WordDecoder, go-message and go-imap ask for;
// unlike theirs it knows every label that lookupCharset knows, sniffs when the label is wrong, and never fails on one.
func CharsetReader(label string, r io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxCharsetRead))
	if err != nil {
		return nil, err
	}
	text, _ := DecodeText(label, b)
	return strings.NewReader(text), nil
}

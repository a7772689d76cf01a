package imapd

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"

	"github.com/emersion/go-imap/v2"

	"todoku/embedded-server/maildrop"
)

// section cuts the octets of BODY[...] out of a message; nothing if there is no such part. root may be nil if the
// header alone was read.
func section(root *part, header []byte, s *imap.FetchItemBodySection) []byte {
	if len(s.Part) == 0 {
		switch s.Specifier {
		case imap.PartSpecifierHeader:
			return pickFields(header, s)
		case imap.PartSpecifierText:
			return root.body
		}
		whole := root.header[:len(root.header):len(root.header)]
		return append(whole, root.body...)
	}
	p := root.find(s.Part)
	switch {
	case p == nil:
		return nil
	case s.Specifier == imap.PartSpecifierMIME:
		return p.header
	case s.Specifier == imap.PartSpecifierNone:
		return p.body
	case p.message == nil:
		return nil
	case s.Specifier == imap.PartSpecifierText:
		return p.message.body
	}
	return pickFields(p.message.header, s)
}

// pickFields is HEADER, HEADER.FIELDS or HEADER.FIELDS.NOT of a header block: whole fields as they came, and the
// empty line.
func pickFields(block []byte, s *imap.FetchItemBodySection) []byte {
	if len(s.HeaderFields) == 0 && len(s.HeaderFieldsNot) == 0 {
		return block
	}
	names, keep := s.HeaderFields, true
	if len(names) == 0 {
		names, keep = s.HeaderFieldsNot, false
	}
	var out []byte
	for len(block) > 0 && !bytes.Equal(block, []byte("\r\n")) {
		var field []byte
		field, block = maildrop.CutField(block)
		name, _, ok := bytes.Cut(field, []byte(":"))
		if ok && named(strings.TrimRight(string(name), " \t"), names) == keep {
			out = append(out, field...)
		}
	}
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\r\n")) {
		out = append(out, "\r\n"...)
	}
	return append(out, "\r\n"...)
}

func named(name string, list []string) bool {
	for _, n := range list {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

func partial(octets []byte, p *imap.SectionPartial) []byte {
	if p == nil {
		return octets
	}
	from := min(max(p.Offset, 0), int64(len(octets)))
	size := min(max(p.Size, 0), int64(len(octets))-from)
	return octets[from : from+size]
}

// binaries decodes the parts that BINARY and BINARY.SIZE ask for (RFC 3516), in this order.
func (f *fetch) binaries(root *part) ([][]byte, error) {
	var list [][]byte
	for _, s := range f.options.BinarySection {
		octets, err := binary(root, s.Part)
		if err != nil {
			return nil, err
		}
		list = append(list, octets)
	}
	for _, s := range f.options.BinarySectionSize {
		octets, err := binary(root, s.Part)
		if err != nil {
			return nil, err
		}
		list = append(list, octets)
	}
	return list, nil
}

func binary(root *part, path []int) ([]byte, error) {
	if len(path) == 0 {
		return section(root, root.header, &imap.FetchItemBodySection{}), nil
	}
	p := root.find(path)
	if p == nil {
		return nil, nil
	}
	octets, ok := p.decoded()
	if !ok {
		return nil, refuse(imap.ResponseCodeUnknownCTE, "this part's Content-Transfer-Encoding is not known here")
	}
	return octets, nil
}

// decoded undoes the transfer encoding as far as it can be undone; false means that it is not known.
func (n *part) decoded() ([]byte, bool) {
	switch n.encoding() {
	case "7bit", "8bit", "binary":
		return n.body, true
	case "base64":
		octets, _ := io.ReadAll(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(n.body)))
		return octets, true
	case "quoted-printable":
		octets, _ := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(n.body)))
		return octets, true
	}
	return n.body, false
}

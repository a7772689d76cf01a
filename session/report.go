package session

import (
	"bytes"
	"context"
	"fmt"

	"todoku/internal/mail"
	"todoku/protocols/imap"
)

// reportBoundary parts what assembleReport puts together.
const reportBoundary = "=_todoku_report"

// fetchReport fetches, of a large delivery report, what it says and the header of the message that it returns whole.
func fetchReport(ctx context.Context, c *imap.Client, uid uint32, header []byte, text reportPart, root *mail.Part) ([]byte, error) {
	parts := []reportPart{text}
	for _, part := range root.Children {
		var kind, path string
		switch part.Type {
		case "message/delivery-status", "message/global-delivery-status", "text/rfc822-headers", "message/global-headers":
			kind, path = part.Type, part.Path
		case "message/rfc822", "message/global":
			kind, path = "text/rfc822-headers", part.Path+".HEADER"
		default:
			continue
		}
		var mime, content bytes.Buffer
		if _, err := c.FetchPart(ctx, uid, path, headerOctets, &content); err != nil {
			return nil, err
		}
		if path == part.Path {
			if _, err := c.FetchPart(ctx, uid, path+".MIME", headerOctets, &mime); err != nil {
				return nil, err
			}
		}
		parts = append(parts, reportPart{kind, mime.Bytes(), content.Bytes()})
	}
	return assembleReport(header, parts), nil
}

// reportPart is a part with its own content fields, or, without any, with a type.
type reportPart struct {
	kind          string
	mime, content []byte
}

// assembleReport makes a delivery report (RFC 6522) of a header and some parts.
func assembleReport(header []byte, parts []reportPart) []byte {
	var out bytes.Buffer
	mime := fmt.Appendf(nil, "Content-Type: multipart/report; report-type=delivery-status; boundary=%q", reportBoundary)
	out.Write(assemble(header, mime, nil))
	for _, p := range parts {
		fields := bytes.TrimRight(p.mime, "\r\n")
		if len(fields) == 0 {
			fields = []byte("Content-Type: " + p.kind)
		}
		fmt.Fprintf(&out, "\r\n--%s\r\n%s\r\n\r\n%s", reportBoundary, fields, p.content)
	}
	fmt.Fprintf(&out, "\r\n--%s--\r\n", reportBoundary)
	return out.Bytes()
}

package imap

import (
	"io"
	"net/url"
	"strconv"
	"strings"
)

// maxPieces bounds a parameter that comes in pieces.
const maxPieces = 100

// parameter reads a parameter in any of its forms: name, name*, name*0, name*0* (RFC 2231 sections 3 and 4).
func (c *Client) parameter(params map[string]string, name string) string {
	if v, ok := params[name]; ok && v != "" {
		return c.opt.DecodeHeader(v)
	}
	if v, ok := params[name+"*"]; ok {
		return c.extended(v)
	}
	var whole strings.Builder
	encoded := false
	for i := range maxPieces {
		key := name + "*" + strconv.Itoa(i)
		if v, ok := params[key+"*"]; ok {
			encoded = true
			whole.WriteString(v)
		} else if v, ok := params[key]; ok {
			whole.WriteString(strings.ReplaceAll(v, "%", "%25"))
		} else {
			break
		}
	}
	if encoded {
		return c.extended(whole.String())
	}
	return c.opt.DecodeHeader(strings.ReplaceAll(whole.String(), "%25", "%"))
}

// extended reads charset'language'percent-encoded.
func (c *Client) extended(v string) string {
	words := strings.SplitN(v, "'", 3)
	if len(words) < 3 {
		return c.opt.DecodeHeader(v)
	}
	octets, err := url.PathUnescape(words[2])
	if err != nil {
		return words[2]
	}
	r, err := c.opt.CharsetReader(words[0], strings.NewReader(octets))
	if err != nil {
		return strings.ToValidUTF8(octets, "\uFFFD")
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return strings.ToValidUTF8(octets, "\uFFFD")
	}
	return string(text)
}

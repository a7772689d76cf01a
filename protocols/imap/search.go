package imap

import (
	"context"
	"strings"

	imaplib "github.com/emersion/go-imap/v2"

	"todoku/internal/mail"
	"todoku/protocols/wire"
)

// maxWords bounds one search: each word may make the server read every message.
const maxWords = 20

// Search asks the server for the messages of the open folder that hold all the words, in their header or body (RFC 9051
// section 6.4.4, TEXT); words in double quotes belong together. The newest come first.
func (c *Client) Search(ctx context.Context, words string) ([]mail.ID, error) {
	if err := c.needFolder(); err != nil {
		return nil, err
	}
	if err := wire.CleanArg(words); err != nil {
		return nil, err
	}
	terms := termsOf(words)
	if len(terms) == 0 {
		return nil, nil
	}
	uids, err := c.search(ctx, &imaplib.SearchCriteria{Text: terms}, c.count()+searchSlack, true)
	if err != nil {
		return nil, err
	}
	ids := make([]mail.ID, len(uids))
	for i, u := range uids {
		ids[len(ids)-1-i] = idOf(u)
	}
	return ids, nil
}

// termsOf splits at spaces, the ideographic one too, outside double quotes.
func termsOf(words string) []string {
	var terms []string
	for i, piece := range strings.Split(words, `"`) {
		found := strings.Fields(piece)
		if i%2 == 1 && strings.TrimSpace(piece) != "" {
			found = []string{strings.TrimSpace(piece)}
		}
		terms = append(terms, found...)
	}
	return terms[:min(len(terms), maxWords)]
}

package imapd

import (
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"todoku/embedded-server/maildrop"
)

// List is LIST, LSUB and their extensions (RFC 5258, RFC 5819, RFC 6154).
func (x *session) List(w *imapserver.ListWriter, ref string, patterns []string, options *imap.ListOptions) error {
	if len(patterns) == 0 { // asks for the delimiter
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: '/'})
	}
	all, err := x.store.Folders(x.ctx, x.address)
	if err != nil {
		return err
	}
	match := func(f maildrop.Folder) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return matches(f.Name, ref, p) })
	}
	for _, f := range all {
		data := describe(f, all, options, match)
		if data == nil || !match(f) {
			continue
		}
		if options.ReturnStatus != nil {
			if data.Status, err = x.status(f, options.ReturnStatus); err != nil {
				return err
			}
		}
		if err := w.WriteList(data); err != nil {
			return err
		}
	}
	return nil
}

// describe gives the LIST line of a folder, nil if the selection options leave it out.
func describe(f maildrop.Folder, all []maildrop.Folder, options *imap.ListOptions, match func(maildrop.Folder) bool) *imap.ListData {
	data := &imap.ListData{Mailbox: f.Name, Delim: '/'}
	children, subscribedBelow := false, false
	for _, other := range all {
		if strings.HasPrefix(other.Name, f.Name+maildrop.Delimiter) {
			children = true
			subscribedBelow = subscribedBelow || (other.Subscribed && !match(other))
		}
	}
	if options.SelectRecursiveMatch && subscribedBelow {
		data.ChildInfo = &imap.ListDataChildInfo{Subscribed: true}
	}
	if options.SelectSubscribed && !f.Subscribed && data.ChildInfo == nil {
		return nil
	}
	use, special := roles[f.Role]
	if options.SelectSpecialUse && !special {
		return nil
	}
	if children {
		data.Attrs = append(data.Attrs, imap.MailboxAttrHasChildren)
	} else {
		data.Attrs = append(data.Attrs, imap.MailboxAttrHasNoChildren)
	}
	if f.Subscribed && (options.ReturnSubscribed || options.SelectSubscribed) {
		data.Attrs = append(data.Attrs, imap.MailboxAttrSubscribed)
	}
	if special {
		data.Attrs = append(data.Attrs, use)
	}
	return data
}

// maxPattern bounds a LIST pattern, in octets; a folder's name is shorter.
const maxPattern = 1000

// matches compares a folder's name with a reference and a pattern (RFC 9051 section 6.3.9). It steps through the
// name once and keeps the set of places in the pattern, because trying each wildcard's lengths in turn, as
// imapserver.MatchList does, takes time without end for "*a*a*a*a*".
func matches(name, ref, pattern string) bool {
	if ref != "" && !strings.HasSuffix(ref, maildrop.Delimiter) && !strings.HasPrefix(pattern, maildrop.Delimiter) {
		ref += maildrop.Delimiter
	}
	if strings.HasPrefix(pattern, maildrop.Delimiter) {
		ref, pattern = "", pattern[1:]
	}
	pattern = ref + pattern
	if len(pattern) > maxPattern {
		return false
	}
	if name == "INBOX" && strings.EqualFold(pattern, name) {
		return true
	}
	at := make([]bool, len(pattern)+1) // at[i]: the pattern's first i octets match the name so far
	at[0] = true
	spread(at, pattern)
	for _, c := range []byte(name) {
		next := make([]bool, len(at))
		for i := range len(pattern) {
			switch {
			case !at[i]:
			case pattern[i] == '*', pattern[i] == '%' && c != '/':
				next[i] = true
			case pattern[i] == c:
				next[i+1] = true
			}
		}
		spread(next, pattern)
		at = next
	}
	return at[len(pattern)]
}

// spread lets wildcards match nothing.
func spread(at []bool, pattern string) {
	for i := range len(pattern) {
		if at[i] && (pattern[i] == '*' || pattern[i] == '%') {
			at[i+1] = true
		}
	}
}

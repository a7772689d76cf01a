package imapd

import (
	"strings"

	"github.com/emersion/go-imap/v2"

	"todoku/internal/mail"
)

// flagNames pairs what mail.Flags knows with its name on the wire (RFC 9051 section 2.3.2, RFC 5788).
var flagNames = [...]struct {
	flag mail.Flags
	name imap.Flag
}{
	{mail.Seen, imap.FlagSeen}, {mail.Answered, imap.FlagAnswered}, {mail.Flagged, imap.FlagFlagged},
	{mail.Deleted, imap.FlagDeleted}, {mail.Draft, imap.FlagDraft}, {mail.Forwarded, imap.FlagForwarded},
	{mail.Junk, imap.FlagJunk}, {mail.NotJunk, imap.FlagNotJunk}, {mail.MDNSent, imap.FlagMDNSent},
}

// fromFlags parts the flags of a command into those that we know and keywords. \Recent is the server's and left out.
func fromFlags(list []imap.Flag) (flags mail.Flags, keywords []string) {
next:
	for _, f := range list {
		for _, known := range flagNames {
			if strings.EqualFold(string(f), string(known.name)) {
				flags |= known.flag
				continue next
			}
		}
		if !strings.HasPrefix(string(f), `\`) {
			keywords = append(keywords, string(f))
		}
	}
	return flags, keywords
}

func toFlags(flags mail.Flags, keywords string) []imap.Flag {
	list := []imap.Flag{}
	for _, known := range flagNames {
		if flags.Has(known.flag) {
			list = append(list, known.name)
		}
	}
	for _, k := range strings.Fields(keywords) {
		list = append(list, imap.Flag(k))
	}
	return list
}

// allFlags is the answer FLAGS to SELECT.
func allFlags() []imap.Flag { return toFlags(^mail.Flags(0), "") }

// roles pairs roles with special-use attributes (RFC 6154).
var roles = map[mail.Role]imap.MailboxAttr{
	mail.RoleDrafts: imap.MailboxAttrDrafts, mail.RoleSent: imap.MailboxAttrSent, mail.RoleArchive: imap.MailboxAttrArchive,
	mail.RoleJunk: imap.MailboxAttrJunk, mail.RoleTrash: imap.MailboxAttrTrash, mail.RoleAll: imap.MailboxAttrAll,
	mail.RoleFlagged: imap.MailboxAttrFlagged,
}

func roleOf(attrs []imap.MailboxAttr) (mail.Role, bool) {
	for _, a := range attrs {
		for role, attr := range roles {
			if strings.EqualFold(string(a), string(attr)) {
				return role, true
			}
		}
	}
	return mail.RoleNone, len(attrs) == 0
}

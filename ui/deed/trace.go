package deed

import (
	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/screen"
)

// Trace opens the way of a message's other side: of who wrote it, or, in a folder of what was sent, of who got it, or, for a
// bounce, of whom the message did not reach.
func Trace(at Place, r session.Row) screen.Open {
	others := [][]mail.Address{r.Envelope.From}
	if at.Folder.Role == mail.RoleSent || at.Folder.Role == mail.RoleDrafts {
		others = [][]mail.Address{r.Envelope.To, r.Envelope.Cc}
	}
	if IsReport(r) && len(r.Returned) > 0 {
		others = [][]mail.Address{unreached(r)}
	}
	args := screen.TracerArgs{Account: at.Account.Name, Size: r.Size}
	for _, list := range others {
		for _, a := range list {
			if a.Addr != "" {
				args.Targets = append(args.Targets, a.Addr)
			}
		}
	}
	return screen.Open{Name: screen.Tracer, With: args}
}

func unreached(r session.Row) []mail.Address {
	var all []mail.Address
	for _, back := range r.Returned {
		all = append(all, mail.Address{Addr: back.Recipient})
	}
	return all
}

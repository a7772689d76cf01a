package compare

import (
	"strconv"

	"todoku/internal/mail"
	"todoku/internal/trace"
)

// seenCodes are the codes of what was seen in one place.
type seenCodes struct{ gone, read, unread, numbers, total, unknown, lost string }

func holdsCodes() seenCodes {
	return seenCodes{gone: "compare.holds.gone", read: "compare.holds.read", unread: "compare.holds.unread",
		numbers: "compare.holds.numbers", total: "compare.holds.total", unknown: "compare.holds.unknown"}
}

func seesCodes() seenCodes {
	return seenCodes{gone: "compare.sees.gone", read: "compare.sees.read", unread: "compare.sees.unread",
		numbers: "compare.sees.numbers", total: "compare.sees.total", unknown: "compare.sees.unknown", lost: "compare.sees.lost"}
}

// about says what server, A and B have after a step: of the message that the step is about where there is one, else in
// numbers.
func about(s Step, res Result) [3]trace.Finding {
	message := s.Message
	if s.Do == Fill || res.Place != Sandbox {
		message = "" // it is about many; and a person's mailbox does not have the script's letters
	}
	return [3]trace.Finding{
		AboutServer:  holdsCodes().of(message, res.Server),
		AboutDeviceA: seesCodes().of(message, res.DeviceA),
		AboutDeviceB: seesCodes().of(message, res.DeviceB),
	}
}

func (c seenCodes) of(message string, v View) trace.Finding {
	f := trace.Finding{Code: c.numbers, Level: trace.Pass, Args: map[string]string{"message": message,
		"total": grouped(int64(v.Total)), "unread": grouped(int64(v.Unread)), "stored": grouped(int64(v.Stored)), "octets": grouped(v.Octets)}}
	m, there := v.Of(message)
	switch {
	case v.Lost:
		f.Code = c.lost
	case !v.Known:
		f.Code, f.Level = c.unknown, trace.Unknown
	case message == "" && v.Unread < 0:
		f.Code = c.total
	case message == "":
	case !there:
		f.Code = c.gone
	case m.Flags.Has(mail.Seen):
		f.Code, f.Args["folder"] = c.read, m.Folder
	default:
		f.Code, f.Args["folder"] = c.unread, m.Folder
	}
	return f
}

// grouped writes a number as both languages do: 132,635.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

package ladder

import (
	"context"
	"slices"
	"strconv"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// mailPorts are those of a protocol, the one with TLS from the first octet first (RFC 8314 section 7.3).
func mailPorts(proto string) []int {
	switch proto {
	case IMAP:
		return []int{993, 143}
	case POP3:
		return []int{995, 110}
	}
	return []int{submissionsPort, submissionPort}
}

// allMailPorts are what mail clients use.
func allMailPorts() []int {
	return slices.Concat(mailPorts(IMAP), mailPorts(POP3), mailPorts(SMTP))
}

// unreached says why a port does not connect, by what the host's other mail ports do: a port that the line filters, a
// service that is not offered, or a host that is down.
func (v *visit) unreached(ctx context.Context, span *trace.Span, k Knock) Outcome {
	plain := v.explained(k.Err)
	if k.Code != wire.CodeDialTimeout && k.Code != wire.CodeDialRefused {
		return plain
	}
	var targets []Target
	for _, port := range allMailPorts() {
		if port != v.Port {
			targets = append(targets, Target{Host: v.Host, Port: port, Addrs: v.addrs})
		}
	}
	others := Knocks(ctx, span, v.Net, targets)
	facts := map[string]string{"open": ports(others, Knock.Open), "said": k.Err.Error(), "addr": k.Addr}
	same := func(o Knock) bool { return o.Open() && slices.Contains(mailPorts(v.Proto), o.Port) }
	facts["use"] = ports(others, same)
	switch {
	case v.Port == smtpPort && k.Silent() && facts["use"] != "":
		return v.port25(ctx, span, others)
	case facts["open"] == "":
		return plain
	case k.Silent():
		return v.broken("doctor.port.blocked", facts)
	case facts["use"] != "":
		return v.broken("doctor.port.refused", facts)
	}
	return v.broken("doctor.service.off", facts)
}

// port25 is silence at the port of mail servers where the submission server has others.
func (v *visit) port25(ctx context.Context, span *trace.Span, others []Knock) Outcome {
	submission := slices.DeleteFunc(others, func(k Knock) bool { return !slices.Contains(mailPorts(SMTP), k.Port) })
	_, f := Port25(ctx, span, Port25Options{Net: v.Net, Silent: []Target{{Host: v.Host, Port: smtpPort, Addrs: v.addrs}}, Compare: v.Compare, Submission: submission})
	if f.Code == "local.port25.blocked" {
		return v.broken(f.Code, f.Args)
	}
	return v.broken("doctor.port25", map[string]string{"use": f.Args["submission"], "silent": f.Args["silent"]})
}

// ports lists the ports that pass, "993, 143".
func ports(knocks []Knock, pass func(Knock) bool) string {
	text := ""
	for _, k := range knocks {
		if !pass(k) {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += strconv.Itoa(k.Port)
	}
	return text
}

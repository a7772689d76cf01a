package policy

import (
	"context"
	"regexp"
	"strings"

	"todoku/internal/trace"
	"todoku/protocols/dns"
)

// STS is what a domain says by MTA-STS (RFC 8461).
type STS struct {
	Finding trace.Finding   `json:"finding"`
	Also    []trace.Finding `json:"also,omitempty"`   // what else is wrong with the policy
	Record  string          `json:"record,omitempty"` // the TXT record
	ID      string          `json:"id,omitempty"`     // of the policy
	Policy  *STSPolicy      `json:"policy,omitempty"` // nil if none can be had
}

// InForce reports whether senders that honour MTA-STS hold mail back from hosts that do not satisfy the policy.
func (s STS) InForce() bool { return s.Policy != nil && s.Policy.Mode == ModeEnforce }

// LookupSTS asks for the record and, where it announces a policy, fetches that.
func LookupSTS(ctx context.Context, span *trace.Span, in Inputs) STS {
	args := facts{"domain": in.Domain, "host": stsHost(in.Domain), "fix": stsRecord(in)}
	got, err := in.Lookup.Records(ctx, "_mta-sts."+in.Domain, "TXT")
	switch {
	case dns.Absent(err):
		return STS{Finding: args.finding("policy.sts.absent", trace.NotApplicable)}
	case err != nil:
		return STS{Finding: args.failed(err).finding("policy.sts.unknown", trace.Unknown)}
	}
	out := STS{}
	switch records := versioned(got.Texts, stsVersion); len(records) {
	case 0:
		out.Finding = args.finding("policy.sts.absent", trace.NotApplicable)
		return out
	case 1:
		out.Record = records[0]
	default:
		args["record"] = strings.Join(records, "\n")
		out.Finding = args.finding("policy.sts.many", trace.Fail)
		return out
	}
	args["record"] = out.Record
	if out.ID = stsID(out.Record); out.ID == "" {
		out.Finding = args.finding("policy.sts.record", trace.Fail)
		return out
	}
	args["id"] = out.ID
	text, f := fetchSTS(ctx, span, in, args)
	if f != nil {
		out.Finding = *f
		return out
	}
	policy, wrong := ParseSTS(text)
	for _, w := range wrong {
		w.Args["domain"], w.Args["host"] = in.Domain, stsHost(in.Domain)
	}
	if len(wrong) > 0 {
		out.Finding, out.Also = wrong[0], wrong[1:]
		return out
	}
	args["hosts"], args["age"] = strings.Join(policy.MX, " "), policy.MaxAge.String()
	out.Policy, out.Finding = &policy, args.finding(stsModes[policy.Mode], trace.Pass)
	return out
}

func stsHost(domain string) string { return "mta-sts." + domain }

// stsRecord is a record that would announce a policy now.
func stsRecord(in Inputs) string {
	return "_mta-sts." + in.Domain + `. IN TXT "v=STSv1; id=` + in.now().UTC().Format("20060102150405") + `"`
}

const stsVersion = "v=STSv1"

// versioned keeps the TXT records that begin with a version; the others belong to somebody else (RFC 8461 section 3.1,
// RFC 8460 section 3).
func versioned(texts []string, version string) []string {
	var out []string
	for _, t := range texts {
		rest, ok := strings.CutPrefix(t, version)
		rest = strings.TrimLeft(rest, " \t")
		if ok && (rest == "" || rest[0] == ';') {
			out = append(out, t)
		}
	}
	return out
}

var (
	stsIDForm    = regexp.MustCompile(`^[A-Za-z0-9]{1,32}$`)
	stsFieldForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}=[!-:<>-~]+$`)
)

// stsID is the policy's id; empty if the record is not of the form of RFC 8461 section 3.1.
func stsID(record string) string {
	id := ""
	for _, field := range fields(record) {
		if !stsFieldForm.MatchString(field) {
			return ""
		}
		if value, ok := strings.CutPrefix(field, "id="); ok && id == "" {
			if !stsIDForm.MatchString(value) {
				return ""
			}
			id = value
		}
	}
	return id
}

// fields are the parts of a record behind its version; the last may be empty.
func fields(record string) []string {
	parts := strings.Split(record, ";")[1:]
	for i, p := range parts {
		parts[i] = strings.Trim(p, " \t")
	}
	if n := len(parts); n > 0 && parts[n-1] == "" {
		parts = parts[:n-1]
	}
	return parts
}

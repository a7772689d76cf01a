package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"todoku/internal/trace"
)

// The modes of a policy (RFC 8461 section 5).
const (
	ModeEnforce = "enforce" // hosts that do not satisfy it get no mail
	ModeTesting = "testing" // they get mail, and failures are reported
	ModeNone    = "none"    // there is no policy any more
)

// stsModes gives the code that says of a sound policy what it asks for.
var stsModes = map[string]string{ModeEnforce: "policy.sts.enforce", ModeTesting: "policy.sts.testing", ModeNone: "policy.sts.none"}

// maxSTSAge is the longest max_age (RFC 8461 section 3.2), in seconds: about a year.
const maxSTSAge = 31557600

// maxSTSFaults bounds how many faults of one policy are named.
const maxSTSFaults = 10

// STSPolicy is the text under /.well-known/mta-sts.txt.
type STSPolicy struct {
	Mode   string        `json:"mode"`
	MX     []string      `json:"mx"` // names and "*.name", in lower case
	MaxAge time.Duration `json:"max_age_ns"`
}

// mxForm is sts-policy-mx-value: a domain of LDH labels in A-label form, or all hosts one label below it.
var mxForm = regexp.MustCompile(`^(?i:\*\.)?(?i:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(?i:\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)

// ParseSTS reads a policy (RFC 8461 section 3.2) and names everything that is wrong with it; a policy with faults is none.
// Lines may end in LF or CRLF; fields that it does not know are passed over, as are repetitions, for the first counts.
func ParseSTS(text string) (STSPolicy, []trace.Finding) {
	p := stsReader{seen: map[string]bool{}}
	for line := range strings.SplitSeq(text, "\n") {
		p.line(strings.TrimRight(strings.TrimSuffix(line, "\r"), " \t"))
	}
	for _, need := range []struct{ key, code string }{
		{"version", "policy.sts.version"}, {"mode", "policy.sts.mode"}, {"max_age", "policy.sts.maxage"},
	} {
		if !p.seen[need.key] {
			p.fault(need.code, "")
		}
	}
	if len(p.out.MX) == 0 && !p.seen["mx"] && p.out.Mode != ModeNone {
		p.fault("policy.sts.nomx", "")
	}
	return p.out, p.wrong
}

// stsReader is a policy being read.
type stsReader struct {
	out   STSPolicy
	seen  map[string]bool
	wrong []trace.Finding
}

func (p *stsReader) fault(code, line string) {
	if len(p.wrong) < maxSTSFaults {
		p.wrong = append(p.wrong, facts{"line": brief(line)}.finding(code, trace.Fail))
	}
}

func (p *stsReader) line(line string) {
	if line == "" {
		return
	}
	key, value, ok := strings.Cut(line, ":")
	if !ok || key == "" {
		p.fault("policy.sts.line", line)
		return
	}
	first := !p.seen[key]
	p.seen[key] = true
	value = strings.TrimLeft(value, " \t")
	switch {
	case key == "mx":
		p.mx(line, value)
	case !first:
	case key == "version" && value != "STSv1":
		p.fault("policy.sts.version", line)
	case key == "mode" && stsModes[value] == "":
		p.fault("policy.sts.mode", line)
	case key == "mode":
		p.out.Mode = value
	case key == "max_age":
		seconds, err := strconv.ParseUint(value, 10, 64)
		if err != nil || seconds > maxSTSAge {
			p.fault("policy.sts.maxage", line)
			return
		}
		p.out.MaxAge = time.Duration(seconds) * time.Second
	}
}

func (p *stsReader) mx(line, value string) {
	if !mxForm.MatchString(value) || len(value) > 255 {
		p.fault("policy.sts.mx", line)
		return
	}
	p.out.MX = append(p.out.MX, strings.ToLower(value))
}

// Lists reports whether the policy names the host. "*." stands for exactly one label (RFC 8461 section 4.1).
func (p STSPolicy) Lists(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	label, above, _ := strings.Cut(host, ".")
	return slices.Contains(p.MX, host) || label != "" && above != "" && slices.Contains(p.MX, "*."+above)
}

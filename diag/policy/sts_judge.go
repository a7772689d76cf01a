package policy

import "todoku/internal/trace"

// Judge says whether a sender that honours the policy would hand mail to a host that showed these facts; nil means that the
// host offers no TLS. There must be a policy (RFC 8461 sections 4.1 and 4.2).
func (s STS) Judge(host string, shown *trace.TLSFacts) trace.Finding {
	args := facts{"host": host, "mode": s.Policy.Mode, "fix": "mx: " + host}
	for _, key := range []string{"domain", "url"} {
		args[key] = s.Finding.Args[key]
	}
	level := trace.Fail
	if s.Policy.Mode != ModeEnforce {
		level = trace.Warn
	}
	switch {
	case s.Policy.Mode == ModeNone:
		return args.finding("policy.sts.none", trace.NotApplicable)
	case !s.Policy.Lists(host):
		return args.finding("policy.sts.unlisted", level)
	case shown == nil:
		return args.finding("policy.sts.plain", level)
	case !shown.Verified:
		args["problem"] = shown.Problem
		return args.finding("policy.sts.untrusted", level)
	}
	return args.finding("policy.sts.met", trace.Pass)
}

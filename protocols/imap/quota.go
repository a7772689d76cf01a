package imap

import (
	"cmp"
	"context"
	"slices"

	"todoku/protocols/wire"
)

// Quota is the limit of one resource that a folder counts against (RFC 9208 section 3).
type Quota struct {
	Root     string // whose limit it is, "User quota"; several folders may share one
	Resource string // "STORAGE", in units of 1024 octets, or "MESSAGE", in messages (section 5)
	Usage    int64
	Limit    int64
}

// Full reports that the limit is reached: nothing more is taken.
func (q Quota) Full() bool { return q.Usage >= q.Limit }

// Quotas gives the limits that a folder counts against; none means that it has none (RFC 9208 section 4.1.2). Without
// QUOTA the error is a *NotOfferedError.
func (c *Client) Quotas(ctx context.Context, folder string) ([]Quota, error) {
	if err := wire.CleanArg(folder); err != nil {
		return nil, err
	}
	const verb = "GETQUOTAROOT"
	if !c.has("QUOTA") {
		return nil, &NotOfferedError{Verb: verb, Needs: []string{"QUOTA"}}
	}
	var all []Quota
	err := c.do(ctx, budget{verb: verb}, func(l *link) error {
		roots, err := l.lib.GetQuotaRoot(folder).Wait()
		for _, root := range roots {
			for resource, r := range root.Resources {
				all = append(all, Quota{Root: root.Root, Resource: string(resource), Usage: r.Usage, Limit: r.Limit})
			}
		}
		return err
	})
	slices.SortFunc(all, func(a, b Quota) int { return cmp.Or(cmp.Compare(a.Root, b.Root), cmp.Compare(a.Resource, b.Resource)) })
	return all, err
}

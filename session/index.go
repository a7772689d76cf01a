package session

import (
	"context"

	"todoku/internal/mail"
	"todoku/internal/trace"
)

// indexChunk is how many messages become searchable in one commit: another process that writes waits for one at most.
const indexChunk = 200

// Index reads the bounces that older versions stored, and makes the text of stored messages searchable, newest first, until all of the account's are (of all accounts' and
// their twins' with an empty one), or ctx ends. A sync leaves it for later, because it takes longer than fetching.
func (s *Session) Index(ctx context.Context, _ *trace.Span, o FoldersOptions) (done int, err error) {
	for _, name := range s.views(o.Account) {
		if err := s.noteBounces(ctx, name); err != nil {
			return done, err
		}
		for ctx.Err() == nil {
			n, err := s.indexSome(ctx, name)
			done += n
			if err != nil {
				return done, err
			}
			if n == 0 {
				break
			}
		}
	}
	return done, ctx.Err()
}

// views lists an account, or with an empty name all accounts and their twins, by the names under which they are stored.
func (s *Session) views(account string) []string {
	if account != "" {
		return []string{account}
	}
	var all []string
	for _, a := range s.Accounts() {
		all = append(all, a.Name)
		if a.Twin != "" {
			all = append(all, a.Twin)
		}
	}
	return all
}

func (s *Session) indexSome(ctx context.Context, account string) (int, error) {
	keys, err := s.Store.Wordless(ctx, account, indexChunk)
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	texts := make(map[int64]string, len(keys))
	for _, key := range keys {
		raw, err := s.Store.Body(ctx, key)
		if err != nil {
			raw = nil // gone since; an empty text marks it as done if it is still listed
		}
		texts[key] = mail.Parse(raw).Text(mail.TextOptions{Words: true}).Body
	}
	return len(keys), s.Store.IndexTexts(ctx, texts)
}

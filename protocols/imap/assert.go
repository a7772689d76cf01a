package imap

import "todoku/internal/mail"

var (
	_ mail.Source   = (*Client)(nil)
	_ mail.Flagger  = (*Client)(nil)
	_ mail.Mover    = (*Client)(nil)
	_ mail.Deleter  = (*Client)(nil)
	_ mail.Searcher = (*Client)(nil)
	_ mail.Appender = (*Client)(nil)
	_ mail.Watcher  = (*Client)(nil)
)

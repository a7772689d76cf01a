// Package imap reads and changes mailboxes over IMAP (RFC 3501, RFC 9051): the go-imap library speaks the commands,
// this package owns the connection under it and bounds everything that comes from the server.
//
// Greeting, CAPABILITY, STARTTLS, login and ID are our own dialogue (prelude.go, login.go); the library then gets the
// finished connection with a PREAUTH greeting made here, so that it sends nothing by itself. Between the two stands a
// guard (guard.go) that limits lines, literals and nesting, because the library reads without limits.
//
// Message lists are read from BODY.PEEK[HEADER.FIELDS (...)] and not from ENVELOPE: a header in a literal cannot be
// malformed IMAP, it keeps the raw octets that wrongly labelled mail needs, and it has References.
package imap

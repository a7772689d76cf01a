package explain

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/imap"
	"todoku/protocols/pop3"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// readers turn the typed errors of the protocols into findings; the first that knows an error wins. What a server
// said comes before what the connection did, and that before what the system said.
var readers = []func(error) (trace.Finding, bool){
	readToken, readSMTP, readIMAP, readIMAPState, readPOP3, readPOP3State, readDNS, readSASL, readWire, readSystem,
}

func finding(code string, args map[string]string) (trace.Finding, bool) {
	for k, v := range args {
		if v == "" {
			delete(args, k)
		}
	}
	return trace.Finding{Code: code, Level: trace.Fail, Args: args}, true
}

func readIMAP(err error) (trace.Finding, bool) {
	var e *imap.Error
	if !errors.As(err, &e) {
		return trace.Finding{}, false
	}
	code := "imap"
	login := e.Verb == "LOGIN" || e.Verb == "AUTHENTICATE"
	switch {
	case e.Code != "" && !(login && e.Code == "ALERT"): // an alert says nothing of why the login failed
		code += "." + strings.ToLower(e.Code)
	case e.Status == "BYE":
		code += ".bye"
	case login:
		code = "auth.refused"
	}
	return finding(code, map[string]string{"command": e.Verb, "said": e.Status + " " + e.Text, "step": "4"})
}

// readIMAPState knows what the IMAP room says of itself, without a reply of the server.
func readIMAPState(err error) (trace.Finding, bool) {
	var lacks *imap.NotOfferedError
	args := map[string]string{"step": "4"}
	switch {
	case errors.As(err, &lacks):
		args["command"], args["needs"] = lacks.Verb, strings.Join(lacks.Needs, ", ")
		return finding("imap.not-offered", args)
	case errors.Is(err, imap.ErrUIDValidity):
		return finding("imap.uidvalidity", args)
	case errors.Is(err, imap.ErrNoMessage):
		return finding("imap.no-message", args)
	case errors.Is(err, imap.ErrBadStructure):
		return finding("imap.structure", args)
	}
	return trace.Finding{}, false
}

// readPOP3State knows what the POP3 room says of itself.
func readPOP3State(err error) (trace.Finding, bool) {
	args := map[string]string{"step": "4"}
	switch {
	case errors.Is(err, pop3.ErrNoTOP):
		return finding("pop3.no-top", args)
	case errors.Is(err, pop3.ErrClosed):
		return finding("wire.closed", args)
	}
	return trace.Finding{}, false
}

// readSASL knows why no login was tried or why it was broken off; where it happened is told by the connection.
func readSASL(err error) (trace.Finding, bool) {
	var e *sasl.Error
	if !errors.As(err, &e) {
		return trace.Finding{}, false
	}
	args := map[string]string{}
	if f, ok := readWire(err); ok {
		args = f.Args
	}
	args["mechanism"], args["offered"], args["cause"] = strings.ToLower(e.Want), strings.Join(e.Offered, " "), e.Detail
	return finding(e.Code, args)
}

func readPOP3(err error) (trace.Finding, bool) {
	var e *pop3.Error
	if !errors.As(err, &e) {
		return trace.Finding{}, false
	}
	code := "pop3"
	switch {
	case e.Code != "":
		code += "." + strings.ToLower(strings.ReplaceAll(e.Code, "/", "."))
	case e.Verb == "PASS" || e.Verb == "APOP" || strings.HasPrefix(e.Verb, "AUTH"):
		code = "auth.refused"
	}
	return finding(code, map[string]string{"command": e.Verb, "said": "-ERR " + e.Text, "step": "4"})
}

func readWire(err error) (trace.Finding, bool) {
	var e *wire.Error
	if !errors.As(err, &e) {
		return trace.Finding{}, false
	}
	args := map[string]string{
		"host": e.Host, "addr": e.Addr, "command": e.Step, "want": e.Want, "said": e.Got, "proto": strings.ToUpper(e.Proto),
		"step": stepOf(e.Proto),
	}
	if e.Port != 0 {
		args["port"] = strconv.Itoa(e.Port)
	}
	if e.After > 0 {
		args["after"] = e.After.Round(100 * time.Millisecond).String()
	}
	if e.Err != nil {
		args["cause"] = e.Err.Error()
	}
	return finding(moreExactly(e), args)
}

// stepOf is the step of the delivery path that a client's connection belongs to.
func stepOf(proto string) string {
	switch proto {
	case "smtp":
		return "1"
	case "imap", "pop3":
		return "4"
	}
	return ""
}

func readDNS(err error) (trace.Finding, bool) {
	var e *dns.Error
	if !errors.As(err, &e) {
		return trace.Finding{}, false
	}
	args := map[string]string{"name": e.Name, "type": e.Type, "server": e.Server, "rcode": e.Rcode, "host": e.Name}
	if e.Rcode != "" {
		args["said"] = e.Rcode
	}
	var at *wire.Error // the lookup was for one of our own connections
	if errors.As(err, &at) {
		args["host"], args["step"] = at.Host, stepOf(at.Proto)
	}
	code := e.Code()
	if e.Kind == dns.Rejected && e.Rcode != "" {
		code += "." + strings.ToLower(e.Rcode)
	}
	return finding(code, args)
}

// readSystem knows what the operating system and the context package say.
func readSystem(err error) (trace.Finding, bool) {
	var path *fs.PathError
	args := map[string]string{"said": err.Error()}
	if errors.As(err, &path) {
		args["path"] = path.Path
	}
	switch {
	case errors.Is(err, context.Canceled):
		return finding("wire.cancelled", args)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return finding("wire.silent", args)
	case errors.Is(err, fs.ErrNotExist):
		return finding("file.missing", args)
	case errors.Is(err, fs.ErrPermission):
		return finding("file.permission", args)
	case errors.Is(err, fs.ErrExist):
		return finding("file.exists", args)
	}
	if code := socketCode(err); code != "" {
		return finding(code, args)
	}
	return trace.Finding{}, false
}

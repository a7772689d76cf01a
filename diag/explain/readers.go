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
	"todoku/protocols/wire"
)

// readers turn the typed errors of the protocols into findings; the first that knows an error wins. What a server
// said comes before what the connection did, and that before what the system said.
var readers = []func(error) (trace.Finding, bool){readDNS, readWire, readSystem}

func finding(code string, args map[string]string) (trace.Finding, bool) {
	for k, v := range args {
		if v == "" {
			delete(args, k)
		}
	}
	return trace.Finding{Code: code, Level: trace.Fail, Args: args}, true
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
	return finding(e.Code, args)
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
	return finding(e.Code(), args)
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
	return trace.Finding{}, false
}

package pop3

import (
	"bufio"
	"bytes"
	"errors"
	"net"

	gopop3 "github.com/knadh/go-pop3"
)

// desk is what go-pop3 takes for its connection. It hands over exactly one reply at a time, in the one spelling that
// the library knows, so that nothing waits in the library's buffer when a command is done, our own reading of bulk
// replies can go on from the same place, and the whole status line is here for a typed error.
type desk struct {
	net.Conn
	in      *bufio.Reader
	multi   bool // the reply to the command being sent has more lines if it is +OK
	pending bool // a command was sent and its status line has not come
	body    bool // inside a multi-line reply
	out     []byte
	status  status
	garbled error // a status line that cannot be read
}

var errNothingDue = errors.New("no reply is due")

// newLibrary makes a go-pop3 connection over the desk. The greeting was read before; the library wants to see one.
func newLibrary(d *desk) (*gopop3.Conn, error) {
	d.out = append(d.out, "+OK\r\n"...)
	return gopop3.New(gopop3.Opt{Dialer: d}).NewConn()
}

// Dial implements the library's Dialer.
func (d *desk) Dial(string, string) (net.Conn, error) { return d, nil }

func (d *desk) Write(p []byte) (int, error) {
	d.pending = true
	return d.Conn.Write(p)
}

func (d *desk) Read(p []byte) (int, error) {
	if len(d.out) == 0 {
		if err := d.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

func (d *desk) fill() error {
	d.out = d.out[:0]
	switch {
	case d.pending:
		s, err := readStatus(d.in)
		if err != nil {
			d.garbled = err
			return err
		}
		d.status, d.pending, d.body = s, false, s.ok && d.multi
		if s.ok {
			d.out = append(append(d.out, "+OK "...), s.text...)
		} else {
			d.out = append(append(d.out, "-ERR "...), s.text...)
		}
		d.out = append(d.out, "\r\n"...)
	case d.body:
		line, err := readLine(d.in)
		if err != nil {
			return err
		}
		d.out = append(append(d.out, line...), "\r\n"...)
		d.body = !bytes.Equal(line, []byte("."))
	default:
		return errNothingDue
	}
	return nil
}

// readLine reads a line and strips CRLF, or the bare LF of careless servers: this is for the server's own words, never
// for messages. The line is valid until the next read.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	line = line[:len(line)-1]
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

func readStatus(in *bufio.Reader) (status, error) {
	line, err := readLine(in)
	if err != nil {
		return status{}, err
	}
	return parseStatus(line)
}

package pop3

import (
	"bufio"
	"bytes"
	"io"
)

// dotReader gives the octets of a multi-line reply (RFC 1939 section 3): byte-stuffing removed, everything else as it
// came. It ends at CRLF "." CRLF and nothing else: a line end of another kind is an octet of the message, or a sender
// could end it early and have the rest taken for replies. The CRLF before the final dot belongs to the message.
type dotReader struct {
	in        *bufio.Reader
	lineStart bool // the next octet begins a line
	cr        bool // the last octet given was CR
	done      bool
	size      int64 // octets given so far
	charge    func(n int) error
	err       error
}

func newDotReader(in *bufio.Reader, charge func(n int) error) *dotReader {
	return &dotReader{in: in, lineStart: true, charge: charge}
}

var stuffed = []byte("\r\n.")

// next gives octets of the message that are in the buffer, without taking them; io.EOF at the end.
func (d *dotReader) next() ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	buf, err := d.peek(1)
	if err != nil {
		return nil, err
	}
	if d.lineStart && buf[0] == '.' {
		if err := d.dot(); err != nil {
			return nil, err
		}
		if buf, err = d.peek(1); err != nil {
			return nil, err
		}
	}
	if d.cr && buf[0] == '\n' {
		return buf[:1], nil
	}
	if i := bytes.Index(buf, stuffed); i >= 0 {
		return buf[:i+2], nil
	}
	return buf, nil
}

// dot handles a line that begins with a dot: the end, or a stuffed line whose first dot goes.
func (d *dotReader) dot() error {
	buf, err := d.peek(2)
	if err == nil && buf[1] == '\r' {
		buf, err = d.peek(3)
	}
	if err != nil {
		return err
	}
	if buf[1] == '\r' && buf[2] == '\n' {
		d.in.Discard(3)
		d.done, d.err = true, io.EOF
		return io.EOF
	}
	d.in.Discard(1)
	d.lineStart = false
	return nil
}

// peek gives all that is buffered, n octets or more. The peer's end of the connection is not the end of the reply.
func (d *dotReader) peek(n int) ([]byte, error) {
	if d.in.Buffered() < n {
		if _, err := d.in.Peek(n); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			d.err = err
			return nil, err
		}
	}
	return d.in.Peek(d.in.Buffered())
}

// take removes chunk, which next gave or a beginning of that, from the buffer.
func (d *dotReader) take(chunk []byte) error {
	d.in.Discard(len(chunk))
	last := chunk[len(chunk)-1]
	d.lineStart = last == '\n' && (d.cr && len(chunk) == 1 || len(chunk) > 1 && chunk[len(chunk)-2] == '\r')
	d.cr = last == '\r'
	d.size += int64(len(chunk))
	if d.charge == nil {
		return nil
	}
	if err := d.charge(len(chunk)); err != nil {
		d.err = err
	}
	return d.err
}

// Read implements io.Reader.
func (d *dotReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if n > 0 && d.in.Buffered() < 3 {
			break // do not wait while there is something to give
		}
		chunk, err := d.next()
		if err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		got := copy(p[n:], chunk)
		n += got
		if err := d.take(chunk[:got]); err != nil {
			return n, err
		}
	}
	return n, nil
}

// WriteTo implements io.WriterTo, straight from the buffer.
func (d *dotReader) WriteTo(w io.Writer) (int64, error) {
	var total int64
	for {
		chunk, err := d.next()
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		n, err := w.Write(chunk)
		total += int64(n)
		if n > 0 {
			if err := d.take(chunk[:n]); err != nil {
				return total, err
			}
		}
		if err != nil {
			return total, err
		}
	}
}

// skip reads to the end of the reply, at most limit octets more.
func (d *dotReader) skip(limit int64) error {
	for {
		chunk, err := d.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if limit -= int64(len(chunk)); limit < 0 {
			return errTooMuch
		}
		if err := d.take(chunk); err != nil {
			return err
		}
	}
}

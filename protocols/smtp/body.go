package smtp

import (
	"bytes"
	"io"
)

// bareEnd finds the first CR or LF that is no line end: its offset, or -1. Servers disagree about such octets, and
// messages can be smuggled through the difference (RFC 5321 section 2.3.8).
func bareEnd(msg []byte) int {
	for i := 0; i < len(msg); {
		n := bytes.IndexAny(msg[i:], "\r\n")
		if n < 0 {
			return -1
		}
		i += n
		if msg[i] == '\n' || i+1 == len(msg) || msg[i+1] != '\n' {
			return i
		}
		i += 2
	}
	return -1
}

// normalised gives msg with every CR and LF that is no line end made one. It returns msg itself if there is none.
func normalised(msg []byte) []byte {
	if bareEnd(msg) < 0 {
		return msg
	}
	out := make([]byte, 0, len(msg)+len(msg)/16)
	for i := 0; i < len(msg); i++ {
		switch b := msg[i]; {
		case b == '\r' && i+1 < len(msg) && msg[i+1] == '\n':
			out = append(out, "\r\n"...)
			i++
		case b == '\r' || b == '\n':
			out = append(out, "\r\n"...)
		default:
			out = append(out, b)
		}
	}
	return out
}

// hasEight reports octets above 127.
func hasEight(msg []byte) bool {
	for _, b := range msg {
		if b >= 0x80 {
			return true
		}
	}
	return false
}

// wireSize is the message's octets with the line end that its last line may lack, before dot-stuffing, as SIZE
// counts them (RFC 1870 section 5).
func wireSize(msg []byte) int64 {
	if endsLine(msg) {
		return int64(len(msg))
	}
	return int64(len(msg)) + 2
}

func endsLine(msg []byte) bool { return len(msg) == 0 || bytes.HasSuffix(msg, []byte("\r\n")) }

// blockSize is how much of a message is written at once.
const blockSize = 32 << 10

// writeDotted writes msg, whose line ends are CRLF, dot-stuffed and ended by CRLF.CRLF (RFC 5321 sections 4.1.1.4
// and 4.5.2). last is called before the write that holds the end: from then on the server may have the message.
func writeDotted(w io.Writer, msg []byte, last func()) error {
	block := make([]byte, 0, blockSize+blockSize/8)
	for len(msg) > 0 {
		n := bytes.IndexByte(msg, '\n') + 1
		if n == 0 {
			n = len(msg)
		}
		if msg[0] == '.' {
			block = append(block, '.')
		}
		for line := msg[:n]; len(line) > 0; {
			take := min(len(line), blockSize)
			block = append(block, line[:take]...)
			line = line[take:]
			if len(block) >= blockSize {
				if _, err := w.Write(block); err != nil {
					return err
				}
				block = block[:0]
			}
		}
		if n == len(msg) && msg[n-1] != '\n' {
			block = append(block, "\r\n"...)
		}
		msg = msg[n:]
	}
	block = append(block, ".\r\n"...)
	last()
	_, err := w.Write(block)
	return err
}

package trace

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// httpRules: HTTP/1.1 (RFC 9112) as token endpoints, MTA-STS and autoconfig use it. What a client sends in a body is
// secret, and so is the answer to anything but GET: token requests and their answers. When the framing is not
// understood, everything that follows is taken for secret.
type httpRules struct {
	side    [2]httpSide
	methods []string // of requests not answered yet
}

type httpPart int

const (
	httpStart httpPart = iota
	httpHeader
	httpChunk   // a chunk-size line comes
	httpTrailer // after the last chunk
	httpLost
)

type httpSide struct {
	part    httpPart
	method  string
	code    int
	length  int64 // Content-Length, -1 when absent
	chunked bool
	hidden  bool // the header field just seen was secret: so is its continuation line
	secret  bool
	bulk    bulk
}

func (r *httpRules) line(from who, text []byte) []byte {
	s := &r.side[from]
	switch s.part {
	case httpStart:
		if len(text) == 0 {
			return text
		}
		return r.start(from, s, text)
	case httpHeader:
		if len(text) == 0 {
			s.body(from)
			return text
		}
		return s.field(text)
	case httpChunk:
		s.chunk(text)
		return nil
	case httpTrailer:
		if len(text) == 0 {
			s.part = httpStart
		}
		return nil
	}
	return []byte(Removed)
}

func (r *httpRules) start(from who, s *httpSide, text []byte) []byte {
	*s = httpSide{part: httpHeader, length: -1}
	words := strings.Split(string(text), " ")
	if from == client {
		if len(words) != 3 || !strings.HasPrefix(words[2], "HTTP/1.") || len(words[0]) > 16 {
			s.part, s.bulk = httpLost, bulk{kind: bulkClose, secret: true}
			return []byte(Removed)
		}
		s.method, s.secret = words[0], true
		if len(r.methods) < maxSecrets {
			r.methods = append(r.methods, s.method)
		}
		return []byte(words[0] + " " + hideQuery(words[1]) + " " + words[2])
	}
	if len(words) < 2 || !strings.HasPrefix(words[0], "HTTP/1.") {
		s.part, s.bulk = httpLost, bulk{kind: bulkClose, secret: true}
		return []byte(Removed)
	}
	s.code, _ = strconv.Atoi(words[1])
	if len(r.methods) > 0 {
		s.method = r.methods[0]
		if s.code >= 200 {
			r.methods = slices.Delete(r.methods, 0, 1)
		}
	}
	s.secret = s.method != "GET" && s.method != "HEAD"
	return text
}

// hideQuery removes a URL's query and fragment, where codes and tokens travel; an address to be looked up may stay.
func hideQuery(target string) string {
	path, query, found := strings.Cut(target, "?")
	path, _, fragment := strings.Cut(path, "#")
	if fragment {
		return path + "#" + Removed
	}
	if !found || strings.HasPrefix(query, "emailaddress=") && !strings.ContainsAny(query, "&;#") {
		return target
	}
	return path + "?" + Removed
}

func (s *httpSide) field(text []byte) []byte {
	if text[0] == ' ' || text[0] == '\t' {
		if s.hidden {
			return []byte(Removed)
		}
		return text
	}
	name, value, _ := bytes.Cut(text, []byte(":"))
	value = bytes.TrimSpace(value)
	s.hidden = false
	switch strings.ToLower(string(bytes.TrimSpace(name))) {
	case "authorization", "proxy-authorization":
		s.hidden = true
		scheme, _, _ := bytes.Cut(value, []byte(" "))
		if !slices.Contains([]string{"basic", "bearer", "digest", "dpop"}, strings.ToLower(string(scheme))) {
			return remove(append(bytes.Clone(name), ':'))
		}
		return remove(slices.Concat(name, []byte(": "), scheme))
	case "cookie", "set-cookie", "dpop", "www-authenticate", "authentication-info", "x-api-key":
		s.hidden = true
		return remove(append(bytes.Clone(name), ':'))
	case "location", "referer", "content-location":
		s.hidden = true
		return slices.Concat(name, []byte(": "), []byte(hideQuery(string(value))))
	case "content-length":
		n, err := strconv.ParseInt(string(value), 10, 64)
		if err == nil && n >= 0 {
			s.length = n
		}
	case "transfer-encoding":
		s.chunked = strings.HasSuffix(strings.ToLower(string(value)), "chunked")
	}
	return text
}

// body decides at the end of a header what follows (RFC 9112 section 6.3).
func (s *httpSide) body(from who) {
	s.part = httpStart
	if from == server {
		if s.code < 200 || s.code == 204 || s.code == 304 || s.method == "HEAD" {
			return
		}
	}
	switch {
	case s.chunked:
		s.part = httpChunk
	case s.length >= 0:
		s.bulk = countBulk(s.length, s.secret)
	case from == server:
		s.bulk = bulk{kind: bulkClose, secret: s.secret}
	}
}

func (s *httpSide) chunk(text []byte) {
	size, _, _ := bytes.Cut(text, []byte(";"))
	size = bytes.TrimSpace(size)
	if len(size) == 0 {
		return // the line end after a chunk's octets
	}
	n, err := strconv.ParseInt(string(size), 16, 64)
	switch {
	case err != nil || n < 0:
		s.part, s.bulk = httpLost, bulk{kind: bulkClose, secret: true}
	case n == 0:
		s.part = httpTrailer
	default:
		s.bulk = countBulk(n, s.secret)
	}
}

func (r *httpRules) next(from who) bulk {
	b := r.side[from].bulk
	r.side[from].bulk = bulk{}
	return b
}

func (r *httpRules) remember([]byte) {}

// scrub has nothing to remove: what a client sends in a body, and what is answered, is never told.
func (r *httpRules) scrub(text []byte) []byte { return text }

func (r *httpRules) ended(who) {}

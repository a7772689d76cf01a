package imapd

import "strings"

// maxParams bounds the parameters of one field.
const maxParams = 100

// mediaType reads a Content-Type leniently; media is "" if there is none that can be read.
func mediaType(value string) (media string, params map[string]string) {
	media, rest, _ := strings.Cut(value, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	kind, sub, ok := strings.Cut(media, "/")
	if !ok || kind == "" || sub == "" || strings.ContainsAny(media, " \t\"(),:<>@[\\]") {
		return "", parameters(rest)
	}
	return media, parameters(rest)
}

// parameters reads "name=value; name=value" without decoding: RFC 2231's stars are the client's business. Names are
// lower case; of two with one name the first counts.
func parameters(s string) map[string]string {
	params := map[string]string{}
	for s != "" && len(params) < maxParams {
		name, rest, ok := strings.Cut(s, "=")
		if semi := strings.IndexByte(name, ';'); semi >= 0 || !ok {
			if semi < 0 {
				break
			}
			s = s[semi+1:]
			continue
		}
		var value string
		value, s = parameterValue(strings.TrimLeft(rest, " \t"))
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := params[name]; name != "" && !twice {
			params[name] = value
		}
	}
	return params
}

func parameterValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ";")
		return strings.TrimSpace(value), rest
	}
	var out strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			_, rest, _ = strings.Cut(s[i+1:], ";")
			return out.String(), rest
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		out.WriteByte(s[i])
	}
	return out.String(), ""
}

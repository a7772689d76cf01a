package explain

import (
	"maps"
	"strings"

	"todoku/internal/trace"
)

// kinds are how the kinds of values in a configuration are called.
var kinds = map[Lang]map[string]string{
	English: {"text": "text in quotes", "number": "a whole number", "fraction": "a number with a fraction", "boolean": "true or false",
		"texts": "a list of texts in quotes", "table": "a table", "tables": "tables in double brackets", "list": "a list",
		"date": "a date or time", "host": "a host name or an address, without port", "count": "1 or more",
		"time": `a time such as "200ms", "8s" or "5m"`, "case": "the ids that `todoku faults` lists"},
	Japanese: {"text": "引用符付きの文字列", "number": "整数", "fraction": "小数", "boolean": "trueかfalse",
		"texts": "引用符付き文字列の並び", "table": "表", "tables": "二重角括弧の表", "list": "並び",
		"date": "日付か時刻", "host": "ホスト名かアドレス (ポートなし)", "count": "1以上",
		"time": `"200ms"、"8s"、"5m" のような時間`, "case": "`todoku faults` が並べるid"},
}

// inWords gives the facts of a finding, with kinds of values as words, and with what is said of a file's mistake, whose code
// and facts stand beside it, in the language.
func inWords(f trace.Finding, lang Lang) map[string]string {
	if problem := f.Args["problem"]; strings.HasPrefix(problem, "config.") {
		args := maps.Clone(f.Args)
		delete(args, "problem")
		d := Finding(trace.Finding{Code: problem, Args: args}, lang)
		args["said"] = d.Title + " " + d.Means
		return args
	}
	if !strings.HasPrefix(f.Code, "config.") {
		return f.Args
	}
	args := maps.Clone(f.Args)
	for _, name := range []string{"want", "got", "allowed"} {
		if words, ok := kinds[lang][args[name]]; ok {
			args[name] = words
		}
	}
	return args
}

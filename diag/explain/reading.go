package explain

import (
	"slices"
	"strings"

	"todoku/diag/reason"
)

// asRead puts what a reading found out beside the words of its reason. The facts of a finding may come from a file: only
// known values count.
func (d *Diagnosis) asRead(args map[string]string, lang Lang) {
	if slices.Contains([]string{You, Provider, DNS, Recipient, Nobody, Todoku}, args["who"]) {
		d.Who = args["who"]
	}
	if _, read := args["sure"]; !read {
		return
	}
	d.Retry = ""
	if slices.Contains([]string{RetryNever, RetryHelps, RetryServer}, args["retry"]) {
		d.Retry = args["retry"]
		d.Again = again[lang][d.Retry]
	}
	d.Refused = d.Retry == RetryNever
}

// again says who tries again: SCREENS want it of every reply.
var again = map[Lang]map[string]string{
	English: {
		RetryNever:  "Nobody tries again: the same gets the same answer.",
		RetryHelps:  "todoku tries again by itself.",
		RetryServer: "The server that sends it tries again by itself.",
	},
	Japanese: {
		RetryNever:  "誰も再送しません。同じものには同じ答えが返ります。",
		RetryHelps:  "todokuが自動で再送します。",
		RetryServer: "送る側のサーバーが自動で再送します。",
	},
}

// proofs names what a reading rests on.
var proofs = map[Lang]map[string]string{
	English:  {reason.ByCode: "code", reason.ByEnhanced: "enhanced code", reason.ByWords: "words", reason.ByProvider: "provider's wording"},
	Japanese: {reason.ByCode: "コード", reason.ByEnhanced: "拡張コード", reason.ByWords: "文言", reason.ByProvider: "事業者固有の文言"},
}

// restsOn says how sure a reading is and why: "high: code, enhanced code and words agree".
func restsOn(args map[string]string, lang Lang) string {
	var on []string
	for _, what := range strings.Fields(args["rests"]) {
		if name := proofs[lang][what]; name != "" {
			on = append(on, name)
		}
	}
	level := args["sure"]
	if len(on) == 0 || level != string(reason.High) && level != string(reason.Fair) {
		return sure("", codeUnknown, lang)
	}
	var s string
	if lang == Japanese {
		s = map[string]string{"high": "高い: ", "fair": "中: "}[level] + strings.Join(on, "、")
		if len(on) > 1 && level == "high" {
			s += "が一致"
		} else {
			s += map[bool]string{true: "だけによる", false: "による"}[len(on) == 1]
		}
	} else {
		s = level + ": by " + listed(on)
		if len(on) == 1 {
			s += " alone"
		}
		if len(on) > 1 && level == "high" {
			s = level + ": " + listed(on) + " agree"
		}
	}
	if args["provider"] != "" && args["dated"] != "" {
		s += " (" + args["provider"] + ", " + args["dated"] + ")"
	}
	return s
}

// listed joins names as English does: "code, enhanced code and words".
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

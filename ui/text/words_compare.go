package text

// CompareWords are the words of a comparison that is printed; steps, notes and reasons are diag/explain's.
type CompareWords struct {
	Server, DeviceA, DeviceB Safe
	Cost                     Safe            // octets up, octets down, round trips, time
	Total                    Safe            // octets up, octets down, round trips, round trips of connecting, time
	OnLine                   Safe            // time
	Line                     Safe            // round-trip time, bandwidth
	Places                   map[string]Safe // by compare.Place
	Because, But, Settings   Safe
	Shown                    Safe // script, step
	LeaveDays                Safe // days
	Offers                   Safe // protocol, server, state
	Hint                     Safe // what the catalogue of providers says, beside what was asked
	Rung                     Safe // its number, what was tried, what came of it
	FetchAsk                 Safe // subject, size, server
	FetchKeys                Safe
}

func englishCompare() CompareWords {
	return CompareWords{
		Server: "server", DeviceA: "device A", DeviceB: "device B",
		Cost:   "%s up  %s down  %s round trips  %s",
		Total:  "%s up  %s down  %s round trips, %s to connect  %s",
		OnLine: "on the line %s",
		Line:   "on a line of %s and %s",
		Places: map[string]Safe{"account": "measured on the account", "sandbox": "measured in the small Internet",
			"computed": "computed from the sizes that the server told"},
		Because: "because", But: "but", Settings: "settings",
		Shown:     "%s, step %d",
		LeaveDays: "mail stays on the server for %d days",
		Offers:    "%s  %s  %s",
		Hint:      "hint",
		Rung:      "the doctor's rung %d breaks, %s: %s",
		FetchAsk: "Fetch \"%s\" (%s) from %s by RETR? The server may mark it read, even if the connection breaks; some providers file or " +
			"hide what was fetched, or delete it later.",
		FetchKeys: "y: fetch this one message, anything else: compute instead  ",
	}
}

func japaneseCompare() CompareWords {
	return CompareWords{
		Server: "サーバー", DeviceA: "端末A", DeviceB: "端末B",
		Cost:   "上り %s  下り %s  往復 %s 回  %s",
		Total:  "上り %s  下り %s  往復 %s 回、接続に %s 回  %s",
		OnLine: "この回線で %s",
		Line:   "往復 %s、%s の回線",
		Places: map[string]Safe{"account": "アカウントで測定", "sandbox": "小さなインターネットで測定",
			"computed": "サーバーが答えたサイズから計算"},
		Because: "理由", But: "ただし", Settings: "設定",
		Shown:     "%s、手順 %d",
		LeaveDays: "サーバーに %d 日残します",
		Offers:    "%s  %s  %s",
		Hint:      "ヒント",
		Rung:      "診断は%d段目 (%s) で止まります。%s",
		FetchAsk: "「%s」(%s) を %s からRETRで取得しますか。接続が切れても、サーバーが既読にすることがあります。取得したものを移す、隠す、" +
			"あとで削除するプロバイダーもあります。",
		FetchKeys: "y: この1通を取得、ほか: 計算で済ませる  ",
	}
}

package text

// WelcomeWords are the words of the first run.
type WelcomeWords struct {
	Title     Safe
	Motto     Safe
	Name      Safe
	GoOn      Safe
	Ask       Safe
	Look      Safe
	Add       Safe
	Write     Safe // path
	Promise   Safe
	Foot      Safe
	Starting  Safe
	Writing   Safe
	Written   Safe // path
	WrittenAt Safe // path; where the other does not fit
	NotBegun  Safe // error
}

func englishWelcome() WelcomeWords {
	return WelcomeWords{
		Title: "todoku  届く  it arrives", Motto: "届く  it arrives", Name: "first run", GoOn: "go on",
		Ask:       "No account yet. What would you like?",
		Look:      "Look around: a small Internet inside this program, offline, with mail to read",
		Add:       "Add my account: type the address, the rest is found",
		Write:     "Write the settings by hand: %s",
		Promise:   "Nothing leaves this machine until you add an account; then every question asked is shown.",
		Foot:      "choose",
		Starting:  "starting the small Internet",
		Writing:   "writing the settings",
		WrittenAt: "Now edit %s.",
		Written:   "Wrote an example to %s. Edit it, then start todoku again.",
		NotBegun:  "It did not work: %s.",
	}
}

func japaneseWelcome() WelcomeWords {
	return WelcomeWords{
		Title: "todoku  届く", Motto: "届く", Name: "最初の画面", GoOn: "決定",
		Ask:       "アカウントがまだありません。どうしますか。",
		Look:      "見て回る: 中にある小さなインターネットで。接続不要、メールつき",
		Add:       "アカウントを追加する: アドレスを打てば、残りは探します",
		Write:     "設定を自分で書く: %s",
		Promise:   "アカウントを追加するまで、このマシンから外へは何も出ません。追加では、尋ねたことをすべて示します。",
		Foot:      "選ぶ",
		Starting:  "小さなインターネットを起動しています",
		Writing:   "設定を書いています",
		WrittenAt: "%s を編集します。",
		Written:   "%s に見本を書きました。編集してから todoku を起動し直します。",
		NotBegun:  "うまくいきませんでした: %s。",
	}
}

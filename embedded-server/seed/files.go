package seed

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"time"
)

// pdf makes a page of text that PDF readers open: five objects, the table of their places, the trailer.
func pdf(lines ...string) []byte {
	var page strings.Builder
	page.WriteString("BT /F1 14 Tf 72 770 Td 20 TL\n")
	for _, l := range lines {
		fmt.Fprintf(&page, "(%s) Tj T*\n", l)
	}
	page.WriteString("ET\n")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", page.Len(), page.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	places := make([]int, len(objects))
	for i, o := range objects {
		places[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, p := range places {
		fmt.Fprintf(&b, "%010d 00000 n \n", p)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return b.Bytes()
}

// picture draws Mount Fuji at dawn in a few colours.
func picture(width, height int) []byte {
	sky := color.Palette{
		color.RGBA{0xf6, 0xd5, 0xb8, 0xff}, color.RGBA{0xe8, 0x9f, 0x8a, 0xff}, color.RGBA{0x4a, 0x5a, 0x8c, 0xff},
		color.RGBA{0xff, 0xff, 0xff, 0xff}, color.RGBA{0xd0, 0x30, 0x30, 0xff},
	}
	img := image.NewPaletted(image.Rect(0, 0, width, height), sky)
	for y := range height {
		for x := range width {
			img.SetColorIndex(x, y, colourAt(x, y, width, height))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil // a bytes.Buffer takes everything
	}
	return b.Bytes()
}

func colourAt(x, y, width, height int) uint8 {
	slope := abs(x-width/2) + height/4
	sunX, sunY := x-width*4/5, y-height/5
	switch {
	case y > slope && y < slope+height/8 && y < height/2:
		return 3 // snow
	case y > slope:
		return 2
	case sunX*sunX+sunY*sunY < height*height/100:
		return 4
	case y > height/2:
		return 1
	}
	return 0
}

func abs(n int) int { return max(n, -n) }

// invitation is an iTIP request (RFC 5546) for a meeting of an hour.
func invitation(uid, summary, place string, start time.Time) []byte {
	const layout = "20060102T150405Z"
	return []byte(strings.Join([]string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//sakura.test//calendar//EN", "METHOD:REQUEST", "BEGIN:VEVENT",
		"UID:" + uid, "DTSTAMP:" + start.Add(-96*time.Hour).UTC().Format(layout), "DTSTART:" + start.UTC().Format(layout),
		"DTEND:" + start.Add(time.Hour).UTC().Format(layout), "SUMMARY:" + summary, "LOCATION:" + place,
		"ORGANIZER;CN=calendar:mailto:calendar@sakura.test", "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:alice@sakura.test",
		"END:VEVENT", "END:VCALENDAR", "",
	}, "\n"))
}

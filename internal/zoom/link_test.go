package zoom_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/zoom"
)

const (
	fileID      = "-JYT8dcAQdCbkkpoi5a7Uw"
	recordingID = "0123456789abcdef0123456789abcdef"
)

func TestLinksThatNameAFile(t *testing.T) {
	for address, want := range map[string]string{
		"https://zoom.us/v2/phone/recording/download/" + fileID:                         "phone_download_recording_file map[fileId:" + fileID + "]",
		" https://zoom.us/recording/download/" + fileID + "\n":                          "phone_download_recording_file map[fileId:" + fileID + "]",
		"https://api-eu.zoom.us:443/v2/phone/recording/download/" + fileID + "/?x=1#y":  "phone_download_recording_file map[fileId:" + fileID + "]",
		"https://EXAMPLE.ZOOM.US/phone/voice_mails/download/" + fileID:                  "phone_download_voicemail_file map[fileId:" + fileID + "]",
		"https://zoomgov.com/v2/phone/voice_mails/download/" + fileID:                   "phone_download_voicemail_file map[fileId:" + fileID + "]",
		"https://api.zoomgov.com/v2/phone/recording_transcript/download/" + recordingID: "phone_download_recording_transcript map[recordingId:" + recordingID + "]",
		"https://zoom.us/v2/phone/fax/logs/LOG_1/file/" + fileID:                        "downloadfaxfile map[faxLogId:LOG_1 fileId:" + fileID + "]",
		"https://gateway.example.com/zoom/v2/phone/recording/download/" + fileID:        "phone_download_recording_file map[fileId:" + fileID + "]",
		"https://zoom.us/v2/phone/recording/download/%2DJYT":                            "phone_download_recording_file map[fileId:-JYT]",
	} {
		base, _ := url.Parse("https://gateway.example.com/zoom/v2")
		link, err := zoom.ParseLink(base, address)
		if got := fmt.Sprint(link.Method, " ", link.Params); err != nil || got != want || link.URL != nil {
			t.Errorf("%s: %s %v %v", address, got, link.URL, err)
		}
	}
}

func TestLinksThatAreSigned(t *testing.T) {
	for _, c := range []struct{ base, address string }{
		{zoom.DefaultAPIURL, "https://file.zoom.us/file/abc?filename=x.png&jwt=a.b.c"},
		{zoom.DefaultAPIURL, "https://file.zoom.us/file?filename=call.mp3&jwt=a.b.c&path=zoomfs"},
		{zoom.DefaultAPIURL, "https://file.zoom.us/public/file/a/b/c.png"},
		{"http://127.0.0.1:8787/v2", "http://127.0.0.1:8787/files/attachment/a?signature=s"},
		{"http://127.0.0.1:8787/v2", "http://localhost:9999/files/attachment/a?signature=s"},
	} {
		base, _ := url.Parse(c.base)
		link, err := zoom.ParseLink(base, c.address)
		if err != nil || link.Method != "" || link.URL == nil || link.URL.String() != c.address {
			t.Errorf("%s: %+v %v", c.address, link, err)
		}
	}
}

func TestLinksThatAreRefused(t *testing.T) {
	for address, says := range map[string]string{
		"": "whole address", "recording": "whole address", "/v2/phone/recording/download/x": "whole address", "https:///x": "whole address",
		"mailto:x@zoom.us": "whole address", "https://zoom.us:x/": "cannot be read", "%zz": "cannot be read",
		"http://zoom.us/v2/phone/recording/download/" + fileID:                    "only https",
		"https://zoom.us.example.com/v2/phone/recording/download/" + fileID:       "only https",
		"https://notzoom.us/v2/phone/recording/download/" + fileID:                "only https",
		"https://zoom.us:8443/v2/phone/recording/download/" + fileID:              "only https",
		"https://file.zoomdev.us/file?jwt=x":                                      "only https",
		"https://127.0.0.1/v2/phone/recording/download/" + fileID:                 "only https",
		"https://user:secret@zoom.us/v2/phone/recording/download/" + fileID:       "login",
		"https://zoom.us/v2/phone/recording/download/":                            "not that of",
		"https://zoom.us/v2/phone/recording/download/a%2Fb":                       "not that of",
		"https://zoom.us/v2/phone/recording/download/a?b/../../users":             "",
		"https://zoom.us/v2/phone/recording/download/../../users":                 "cannot be read",
		"https://zoom.us/v2/phone/recording/download/%2e%2e":                      "cannot be read",
		"https://zoom.us/v2/phone/recording/download/" + strings.Repeat("x", 129): "not that of",
		"https://zoom.us/v2/phone/users":                                          "not that of",
		"https://zoom.us/rec/download/abc":                                        "not that of",
		"https://zoom.us/":                                                        "not that of",
		"https://zoom.us/v2/v2/phone/recording/download/" + fileID:                "not that of",
		"https://zoom.us/evil/v2/phone/recording/download/" + fileID:              "not that of",
		"https://file.zoom.us/file/../v2/phone/users":                             "cannot be read",
		"file:///etc/passwd":                                                      "whole address",
		"https://zoom.us\\@127.0.0.1/v2/phone/recording/download/" + fileID:       "cannot be read",
	} {
		base, _ := url.Parse(zoom.DefaultAPIURL)
		link, err := zoom.ParseLink(base, address)
		if err == nil && says != "" {
			t.Errorf("%s: taken as %+v", address, link)
			continue
		}
		if says == "" {
			if err != nil {
				t.Errorf("%s: %v", address, err)
			}
			continue
		}
		e := wantFault(t, err, apierror.InvalidParams, says)
		if e.Hint == "" || strings.Contains(e.Text(), "secret") {
			t.Errorf("%s: %s", address, e.Text())
		}
	}
}

func FuzzLinks(f *testing.F) {
	for _, s := range []string{
		"https://zoom.us/v2/phone/recording/download/" + fileID, "https://file.zoom.us/file?jwt=x", "http://[::1%25a]/files/", "https://a.zoom.us/%2e%2e/file",
	} {
		f.Add(s)
	}
	base, _ := url.Parse(zoom.DefaultAPIURL)
	f.Fuzz(func(t *testing.T, address string) {
		link, err := zoom.ParseLink(base, address)
		if err != nil {
			if apierror.From(err).Kind != apierror.InvalidParams {
				t.Fatal(err)
			}
			return
		}
		if link.URL != nil {
			host := "." + strings.ToLower(link.URL.Hostname())
			if link.Method != "" || link.URL.Scheme != "https" || link.URL.User != nil || !strings.HasSuffix(host, ".zoom.us") && !strings.HasSuffix(host, ".zoomgov.com") {
				t.Fatalf("%q: %+v", address, link)
			}
			return
		}
		for _, id := range link.Params {
			if id == "" || url.PathEscape(id) != strings.ReplaceAll(id, "=", url.PathEscape("=")) {
				t.Fatalf("%q: %+v", address, link)
			}
		}
	})
}

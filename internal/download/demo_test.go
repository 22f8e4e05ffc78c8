package download_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"golang.org/x/oauth2/clientcredentials"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/download"
	"zoom-phone-mcp/internal/simulator"
	"zoom-phone-mcp/internal/zoom"
)

// sourceOf is a file of the client as a source.
func sourceOf(f *zoom.File) *download.Source {
	return &download.Source{
		Body: f.Body, Name: f.Name, MediaType: f.MediaType, Size: f.Size, Offset: f.Offset,
		Reopen: func(ctx context.Context, offset int64) (*download.Source, error) {
			g, err := f.Reopen(ctx, offset)
			if err != nil {
				return nil, err
			}
			return sourceOf(g), nil
		},
	}
}

// demo starts the simulated account and gives a client and the links of its
// newest recordings.
func demo(t *testing.T) (*simulator.Server, *zoom.Client, []string) {
	t.Helper()
	account, err := simulator.Start(t.Context(), "", simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { account.Close() })
	app := clientcredentials.Config{
		ClientID: simulator.ClientID, ClientSecret: simulator.ClientSecret, TokenURL: account.OAuthURL() + "/token",
		EndpointParams: map[string][]string{"grant_type": {"account_credentials"}, "account_id": {simulator.AccountID}},
	}
	c, err := zoom.New(zoom.Options{APIURL: account.APIURL(), Tokens: app.TokenSource(t.Context())})
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.GetPhoneRecordings(t.Context(), zoom.GetPhoneRecordingsParams{})
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Recordings []struct {
			URL string `json:"download_url"`
		}
	}
	if err := json.Unmarshal(a.Raw, &list); err != nil || len(list.Recordings) < 5 {
		t.Fatalf("%d recordings, %v", len(list.Recordings), err)
	}
	var links []string
	for _, r := range list.Recordings {
		links = append(links, r.URL)
	}
	return account, c, links
}

// fetch takes what a link leads to, as the program does.
func fetch(t *testing.T, c *zoom.Client, s *download.Store, address string) (*download.File, error) {
	t.Helper()
	link, err := c.ParseLink(address)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.PhoneDownloadRecordingFile(t.Context(), zoom.PhoneDownloadRecordingFileParams{FileID: link.Params["fileId"]})
	if err != nil {
		return nil, err
	}
	return s.Save(t.Context(), sourceOf(f), download.Options{Want: download.Sound, Name: "recording_" + link.Params["fileId"]})
}

func TestRecordingsOfTheDemoPlay(t *testing.T) {
	_, c, links := demo(t)
	s, _ := newStore(t, download.StoreOptions{})
	for _, link := range links[:5] { // some come directly, others by a redirect
		f, err := fetch(t, c, s, link)
		if err != nil {
			t.Fatal(err)
		}
		if f.MediaType != "audio/wav" || !strings.HasSuffix(f.Name, ".wav") || !strings.Contains(f.Name, "recording_") {
			t.Errorf("%+v", f)
		}
	}
}

func TestAnUnreliableHostOfTheDemo(t *testing.T) {
	for name, kind := range map[string]apierror.Kind{"truncated": "", "reset": "", "html": apierror.ZoomError, "empty": apierror.ZoomError} {
		t.Run(name, func(t *testing.T) {
			account, c, links := demo(t)
			s, dir := newStore(t, download.StoreOptions{})
			want, err := fetch(t, c, s, links[0])
			if err != nil {
				t.Fatal(err)
			}
			account.Inject(simulator.Fault{Name: name, Path: "/files/**", Bytes: 5000, Count: 1})
			account.Inject(simulator.Fault{Name: name, Path: "/v2/phone/recording/download/*", Bytes: 5000, Count: 1})
			f, err := fetch(t, c, s, links[0])
			if kind != "" {
				wantFault(t, err, kind, "")
				if left := files(t, dir); len(left) != 1 {
					t.Errorf("left %v", left)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			a, aerr := os.ReadFile(want.Path)
			b, berr := os.ReadFile(f.Path)
			if aerr != nil || berr != nil || !bytes.Equal(a, b) || f.SHA256 != want.SHA256 {
				t.Errorf("%+v, want %+v", f, want)
			}
		})
	}
}

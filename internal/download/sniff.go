package download

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/apierror"
)

const octets = "application/octet-stream"

// HeadBytes is how much of a file has to be there before it is looked at.
const HeadBytes = 512

// Check returns the type of a file by its beginning and by what the sender declares,
// or the error for one that is not what is wanted.
func (w Want) Check(head []byte, declared string) (mediaType string, e *apierror.Error) {
	head = head[:min(len(head), HeadBytes)]
	if mediaType = sniff(head, declared); !w.allows(mediaType) {
		return "", typeFault(w, mediaType, head)
	}
	return mediaType, nil
}

// allows reports whether a file of a type can be what is wanted. What cannot be
// told is believed.
func (w Want) allows(mediaType string) bool {
	class, _, _ := strings.Cut(mediaType, "/")
	switch w {
	case Sound:
		return class == "audio" || class == "video" || mediaType == "application/ogg" || mediaType == octets
	case Document:
		return class == "image" || mediaType == "application/pdf" || mediaType == "application/postscript" || mediaType == octets
	}
	return mediaType != "text/html"
}

// signatures are the types that net/http does not know, or knows in part. A mask
// of zero bits lets anything through.
var signatures = []struct {
	offset    int
	magic     string
	mask      string // of the length of magic, or empty
	mediaType string
}{
	{4, "ftypM4A", "", "audio/mp4"},
	{4, "ftypM4B", "", "audio/mp4"},
	{4, "ftyp3g", "", "video/3gpp"},
	{4, "ftypqt", "", "video/quicktime"},
	{4, "ftyp", "", "video/mp4"},
	{0, "II*\x00", "", "image/tiff"},
	{0, "MM\x00*", "", "image/tiff"},
	{0, "fLaC", "", "audio/flac"},
	{0, "#!AMR", "", "audio/amr"},
	{0, "RF64\x00\x00\x00\x00WAVE", "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff", "audio/wav"},
	{0, "\xff\xf0", "\xff\xf6", "audio/aac"}, // ADTS: layer 0
}

// aliases are other names of types, and the one that is used here.
var aliases = map[string]string{
	"audio/wave": "audio/wav", "audio/x-wav": "audio/wav", "audio/vnd.wave": "audio/wav",
	"audio/mp3": "audio/mpeg", "audio/x-mpeg": "audio/mpeg",
	"audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4",
	"audio/ogg": "application/ogg", "audio/x-flac": "audio/flac", "audio/x-aac": "audio/aac",
	"image/jpg": "image/jpeg", "image/tif": "image/tiff", "application/x-pdf": "application/pdf",
}

// sniff returns the type of a file from its beginning, and from what the sender
// declares where the beginning says nothing.
func sniff(head []byte, declared string) string {
	declared, _, _ = strings.Cut(strings.ToLower(declared), ";")
	declared = strings.TrimSpace(declared)
	if other, ok := aliases[declared]; ok {
		declared = other
	}
	if class, sub, ok := strings.Cut(declared, "/"); !ok || class == "" || sub == "" {
		declared = octets
	}
	found := looksLike(head)
	switch {
	case found == octets:
		// A binary file that is called a text is neither.
		if isText(declared) {
			return octets
		}
		return declared
	case found == "video/mp4" && declared == "audio/mp4", found == "video/3gpp" && declared == "audio/3gpp":
		return declared // the container is the same
	case found == "text/plain" && isText(declared) && declared != "text/html" && declared != "application/json":
		return declared
	}
	return found
}

// looksLike returns the type of a file from its beginning alone.
func looksLike(head []byte) string {
	for _, s := range signatures {
		if matches(head, s.offset, s.magic, s.mask) {
			return s.mediaType
		}
	}
	if isMP3Frame(head) {
		return "audio/mpeg"
	}
	if text := bytes.TrimLeft(head, " \t\r\n\ufeff"); len(text) > 1 && isJSON(text) {
		return "application/json"
	}
	found, _, _ := mime.ParseMediaType(http.DetectContentType(head))
	if other, ok := aliases[found]; ok {
		return other
	}
	return found
}

// isMP3Frame reports whether a file begins with the header of a frame of MPEG
// audio, layer III, without values that are reserved or free.
func isMP3Frame(b []byte) bool {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return false
	}
	version, layer, bitrate, rate := b[1]>>3&3, b[1]>>1&3, b[2]>>4, b[2]>>2&3
	return version != 1 && layer == 1 && bitrate != 0 && bitrate != 15 && rate != 3
}

func matches(head []byte, offset int, magic, mask string) bool {
	if len(head) < offset+len(magic) {
		return false
	}
	for i := range len(magic) {
		c := head[offset+i]
		if mask != "" {
			c &= mask[i]
		}
		if c != magic[i] {
			return false
		}
	}
	return true
}

// isJSON reports whether a text is the beginning of a JSON object or array.
func isJSON(text []byte) bool {
	if text[0] != '{' && text[0] != '[' {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := d.Token(); err != nil {
			return err == io.EOF || err == io.ErrUnexpectedEOF
		}
	}
}

func isText(mediaType string) bool {
	return strings.HasPrefix(mediaType, "text/") || mediaType == "application/json" || mediaType == "application/xml"
}

// extensions are the extensions of types, the usual one first.
var extensions = map[string][]string{
	"audio/wav": {".wav"}, "audio/mpeg": {".mp3"}, "audio/mp4": {".m4a", ".mp4"}, "audio/aac": {".aac"},
	"audio/flac": {".flac"}, "audio/amr": {".amr"}, "audio/aiff": {".aiff", ".aif"}, "audio/basic": {".au"}, "audio/midi": {".mid"},
	"audio/3gpp": {".3gp"}, "application/ogg": {".ogg", ".oga", ".opus"}, "video/mp4": {".mp4", ".m4v"}, "video/3gpp": {".3gp"},
	"video/quicktime": {".mov"}, "video/webm": {".webm"}, "video/avi": {".avi"},
	"application/pdf": {".pdf"}, "application/postscript": {".ps"}, "image/tiff": {".tif", ".tiff"}, "image/png": {".png"},
	"image/jpeg": {".jpg", ".jpeg"}, "image/gif": {".gif"}, "image/webp": {".webp"}, "image/bmp": {".bmp"},
	"application/json": {".json"}, "text/plain": {".txt"}, "text/vtt": {".vtt"}, "text/csv": {".csv"}, "text/xml": {".xml"},
	"application/zip": {".zip"}, "application/x-gzip": {".gz"},
}

// withExtension adds an extension that fits the type to a name. Where the type is
// not known, an extension stays that any harmless type has.
func withExtension(name, mediaType string) string {
	var has string
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		has = strings.ToLower(name[i:])
	}
	fit, known := extensions[mediaType]
	if known {
		if slices.Contains(fit, has) {
			return name
		}
		return name + fit[0]
	}
	if has == ".bin" {
		return name
	}
	for _, e := range extensions {
		if slices.Contains(e, has) {
			return name
		}
	}
	return name + ".bin"
}

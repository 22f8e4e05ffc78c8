package download

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"zoom-phone-mcp/internal/apierror"
)

// contextFault is the fault of a transfer whose context has ended.
func contextFault(ctx context.Context) *apierror.Error {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		e := apierror.New(apierror.Timeout, "the file did not come before the deadline")
		e.Hint, e.Err = "Try again, or allow more time.", context.DeadlineExceeded
		return e
	}
	return &apierror.Error{Kind: apierror.Canceled, Message: "the download was canceled", Err: context.Cause(ctx)}
}

// brokenFault is the fault of a transfer that broke for good.
func brokenFault(done, size int64, err error) *apierror.Error {
	of := ""
	if size >= 0 {
		of = fmt.Sprintf(" of %d", size)
	}
	return &apierror.Error{
		Kind: apierror.Network, Message: fmt.Sprintf("the transfer broke after %d%s bytes, again and again", done, of),
		Hint: "Try again later; nothing of the file was kept.", Err: err,
	}
}

func emptyFault() *apierror.Error {
	e := apierror.New(apierror.ZoomError, "the file that came is empty")
	e.Hint = "Take the id from a fresh list and try again."
	return e
}

func longerFault(size int64) *apierror.Error {
	e := apierror.New(apierror.ZoomError, "more bytes came than the %d that were announced", size)
	e.Hint = "Try again; a proxy on the way can be the cause."
	return e
}

// typeFault is the fault of a file that is of another sort than expected.
func typeFault(want Want, mediaType string, head []byte) *apierror.Error {
	what := "the file"
	switch want {
	case Sound:
		what = "sound"
	case Document:
		what = "a PDF or a picture"
	}
	e := apierror.New(apierror.ZoomError, "%s came instead of %s", mediaType, what)
	e.Hint = "Take the id from a fresh list and try again; it may be that of another file, or no longer valid."
	if mediaType == "text/html" {
		// A message's attachment can be one: its words are those of the sender.
		e.Message = "a web page came instead of " + what
		e.Hint = "The link or the file id is no longer valid, or the app may not read this file. Ask for the list again and use a fresh id."
		return e
	}
	if said := firstLine(head); isText(mediaType) && said != "" {
		e.Message += ": " + said
	}
	return e
}

// firstLine is the first line of a text that has any, cut to a readable length.
func firstLine(b []byte) string {
	const most = 200
	for line := range strings.Lines(strings.ToValidUTF8(string(b), "\ufffd")) {
		line = strings.TrimSpace(strings.Map(func(r rune) rune {
			if !unicode.IsPrint(r) {
				return ' '
			}
			return r
		}, line))
		if line == "" {
			continue
		}
		if len(line) > most {
			cut := most
			for !utf8.RuneStart(line[cut]) {
				cut--
			}
			line = line[:cut] + "…"
		}
		return line
	}
	return ""
}

// diskFault is the fault of a disk or a folder that does not take the file.
func diskFault(dir string, err error) *apierror.Error {
	e := &apierror.Error{Kind: apierror.Storage, Message: "the file cannot be written: " + root(err), Err: err}
	switch {
	case isFull(err):
		e.Message = "the disk is full; nothing of the file was kept"
		e.Hint = "Make room at " + dir + ", or name another folder in ZOOM_DOWNLOAD_DIR."
	case errors.Is(err, syscall.EFBIG):
		e.Message = "the file is larger than the system allows a file to be; nothing of it was kept"
		e.Hint = "Choose a folder on another disk for downloads, or raise the limit of the size of files."
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Hint = "Allow the program to write in " + dir + ", or name another folder in ZOOM_DOWNLOAD_DIR."
	default:
		e.Hint = "Check " + dir + ", or name another folder in ZOOM_DOWNLOAD_DIR."
	}
	return e
}

// root is the text of an error's cause, without the paths and calls around it.
func root(err error) string {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err.Error()
	}
	return err.Error()
}

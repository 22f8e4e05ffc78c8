package lenient

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// exact is the largest whole number up to which a float64 has all of them, 2^53.
const exact = "9007199254740992"

// maxDigits is one more than an int64 can have.
const maxDigits = 20

var errNotWhole = errors.New("not a whole number")

// whole returns the digits of a whole number, which may be written with a point or
// an exponent: 30.0, 1e2. Nothing is rounded. A number that was written in such a
// way has been through a float64, and above 2^53 its last digits are no longer
// those that were meant.
func whole(text string) (string, error) {
	sign, rest := "", text
	if strings.HasPrefix(rest, "-") {
		sign, rest = "-", rest[1:]
	}
	if isDigits(rest) {
		return sign + zeros(rest), nil
	}
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(rest), "e")
	before, after, _ := strings.Cut(mantissa, ".")
	if before+after == "" || !isDigits("0"+before+after) {
		return "", errNotWhole
	}
	digits := strings.TrimLeft(before+after, "0")
	if digits == "" && (!scientific || isDigits("0"+strings.TrimLeft(exponent, "+-"))) {
		return "0", nil
	}
	shift := 0
	if scientific {
		var err error
		if shift, err = strconv.Atoi(exponent); errors.Is(err, strconv.ErrRange) && exponent[0] != '-' {
			return "", errImprecise(text)
		} else if err != nil {
			return "", errNotWhole
		}
	}
	kept := strings.TrimRight(digits, "0")
	shift += len(digits) - len(kept) - len(after)
	switch {
	case shift < 0:
		return "", errNotWhole
	case len(kept)+shift > maxDigits:
		return "", errImprecise(text)
	}
	kept += strings.Repeat("0", shift)
	if len(kept) > len(exact) || len(kept) == len(exact) && kept > exact {
		return "", errImprecise(text)
	}
	return sign + kept, nil
}

var (
	// printed is how programs print a large float64; ids look different.
	printed = regexp.MustCompile(`^-?\d(?:\.\d+)?[eE]\+?\d{1,3}$`)
	pointed = regexp.MustCompile(`^-?\d+\.\d+$`)
)

// digitsOf returns an id that may have been a number on its way to text: the digits
// before .0, and an error where some of them are lost.
func digitsOf(text string) (string, error) {
	switch {
	case printed.MatchString(text):
		return "", fmt.Errorf("%s was a number on its way here and has lost digits: ids are strings, so take it from its list again and write all its digits in quotes", text)
	case pointed.MatchString(text):
		digits, err := whole(text)
		if errors.Is(err, errNotWhole) {
			return text, nil
		}
		return digits, err
	}
	return text, nil
}

func errImprecise(text string) error {
	return fmt.Errorf("%s is above 2^53, where a number with a point or an exponent has lost digits: ids are strings, so write it in quotes with all its digits", Shorten(text))
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// zeros takes the zeros off the front.
func zeros(digits string) string {
	if kept := strings.TrimLeft(digits, "0"); kept != "" {
		return kept
	}
	return "0"
}

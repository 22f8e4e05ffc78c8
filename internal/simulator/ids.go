package simulator

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"
)

// refKind says what an identifier names.
type refKind uint8

const (
	refUser refKind = iota + 1
	refPhoneUser
	refExtension
	refPhone
	refSite
	refGroup
	refHolder // call queue, auto receptionist, shared line group, common area
	refMisc   // audio files, devices, holidays and other small things
	refCallHistory
	refCallLog
	refElement
	refRecording
	refRecordingFile
	refMeeting
	refVoicemail
	refVoicemailFile
	refSummary
	refCharge
	refSession
	refMessage
	refAttachment
	refFaxLog
	refFax
	refFaxFile
	refSpecimen // whatever is made from a schema
)

// ref is what stands behind an identifier: a kind, the day it belongs to (or a
// nonce for things without a day), and its place there. Identifiers are refs
// encrypted under the seed, so that they look random and yet lead back to the
// day that has to be made.
type ref struct {
	kind refKind
	day  int32
	n    uint16
	sub  uint8
}

const refMagic = 0x5a6f6f6d50686e65

// keys are the secrets drawn from the seed.
type keys struct {
	seed  uint64
	block cipher.Block
	mac   []byte
}

func newKeys(seed uint64) *keys {
	sum := sha256.Sum256(fmt.Appendf(nil, "simulated account %d", seed))
	block, err := aes.NewCipher(sum[:16])
	if err != nil {
		panic(err) // a key of 16 bytes is always right
	}
	return &keys{seed: seed, block: block, mac: sum[16:]}
}

func (k *keys) raw(r ref) (b [16]byte) {
	b[0] = byte(r.kind)
	binary.BigEndian.PutUint32(b[1:], uint32(r.day))
	binary.BigEndian.PutUint16(b[5:], r.n)
	b[7] = r.sub
	binary.BigEndian.PutUint64(b[8:], refMagic)
	k.block.Encrypt(b[:], b[:])
	return b
}

// short is the form of most identifiers: 22 base64url characters.
func (k *keys) short(r ref) string {
	b := k.raw(r)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// hex is the form of recording, voicemail and session ids: 32 hex digits.
func (k *keys) hex(r ref) string {
	b := k.raw(r)
	return hex.EncodeToString(b[:])
}

// uuid is the form of call log ids.
func (k *keys) uuid(r ref) string {
	h := k.hex(r)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// dated is the form of call history and call element ids: YYYYMMDD-uuid.
func (k *keys) dated(r ref) string {
	return time.Unix(int64(r.day)*86400, 0).UTC().Format("20060102-") + k.uuid(r)
}

// parse returns the ref behind an identifier in any of the four forms.
func (k *keys) parse(id string) (ref, bool) {
	var b [16]byte
	dated := ""
	if len(id) == 45 && id[8] == '-' {
		dated, id = id[:8], id[9:]
	}
	switch len(id) {
	case 22:
		if n, err := base64.RawURLEncoding.Strict().Decode(b[:], []byte(id)); err != nil || n != 16 {
			return ref{}, false
		}
	case 36:
		if id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
			return ref{}, false
		}
		id = id[:8] + id[9:13] + id[14:18] + id[19:23] + id[24:]
		fallthrough
	case 32:
		if _, err := hex.Decode(b[:], []byte(id)); err != nil {
			return ref{}, false
		}
	default:
		return ref{}, false
	}
	k.block.Decrypt(b[:], b[:])
	if binary.BigEndian.Uint64(b[8:]) != refMagic {
		return ref{}, false
	}
	r := ref{
		kind: refKind(b[0]), day: int32(binary.BigEndian.Uint32(b[1:])),
		n: binary.BigEndian.Uint16(b[5:]), sub: b[7],
	}
	if dated != "" && time.Unix(int64(r.day)*86400, 0).UTC().Format("20060102") != dated {
		return ref{}, false
	}
	return r, true
}

// of parses id and accepts only the kinds given.
func (k *keys) of(id string, kinds ...refKind) (ref, bool) {
	r, ok := k.parse(id)
	if !ok {
		return ref{}, false
	}
	for _, want := range kinds {
		if r.kind == want {
			return r, true
		}
	}
	return ref{}, false
}

// seal makes an opaque, tamper-proof token of a payload; purpose keeps tokens of
// different uses apart.
func (k *keys) seal(purpose string, payload []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(payload[:len(payload):len(payload)], k.sum(purpose, payload)...))
}

// open is the inverse of seal.
func (k *keys) open(purpose, token string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) < 12 {
		return nil, false
	}
	payload, tag := b[:len(b)-12], b[len(b)-12:]
	return payload, hmac.Equal(tag, k.sum(purpose, payload))
}

func (k *keys) sum(purpose string, payload []byte) []byte {
	h := hmac.New(sha256.New, k.mac)
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write(payload)
	return h.Sum(nil)[:12]
}

// stream names an independent source of randomness.
type stream uint64

const (
	streamCompany stream = iota + 1
	streamCalls
	streamMessages
	streamFaxes
	streamOperations
	streamQuality
	streamPauses
)

// rand returns the generator of one stream for one day (or other index).
func (k *keys) rand(s stream, day int32, n uint64) *rand.Rand {
	return rand.New(rand.NewPCG(k.seed^uint64(s)<<56, uint64(uint32(day))<<24^n))
}

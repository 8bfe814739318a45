"""Amounts in the base currency: ISO 4217 minor units and a table of rates (the manifest carries its own)."""

from collections.abc import Mapping

from flowserve_ml.errors import InputError

BASE_CURRENCY = "EUR"
_CENTS = 100

_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO_DECIMALS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG
HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD
SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD
XCG YER ZAR ZMW ZWG
"""
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"

EXPONENTS: Mapping[str, int] = {
    code: exponent
    for exponent, codes in ((0, _NO_DECIMALS), (2, _TWO_DECIMALS), (3, _THREE_DECIMALS), (4, _FOUR_DECIMALS))
    for code in codes.split()
}
"""Decimals of the minor unit of every active currency (ISO 4217)."""

# Fixed, rounded rates: they only bring amounts to one scale for the model, so they travel with it and do not
# follow the market. BGN left circulation at its fixed rate and is kept for older transactions.
RATES: Mapping[str, float] = {
    "EUR": 1.0,
    "AED": 0.234,
    "AUD": 0.56,
    "BGN": 0.5113,
    "BHD": 2.28,
    "BRL": 0.158,
    "CAD": 0.615,
    "CHF": 1.07,
    "CLP": 0.0009,
    "CNY": 0.121,
    "COP": 0.00022,
    "CZK": 0.041,
    "DKK": 0.134,
    "EGP": 0.018,
    "GBP": 1.14,
    "HKD": 0.11,
    "HUF": 0.0026,
    "IDR": 0.000052,
    "ILS": 0.26,
    "INR": 0.0097,
    "ISK": 0.0068,
    "JPY": 0.0056,
    "KES": 0.0066,
    "KRW": 0.00059,
    "KWD": 2.8,
    "MAD": 0.093,
    "MXN": 0.047,
    "MYR": 0.208,
    "NGN": 0.0006,
    "NOK": 0.085,
    "NZD": 0.49,
    "OMR": 2.23,
    "PEN": 0.255,
    "PHP": 0.0146,
    "PLN": 0.235,
    "QAR": 0.236,
    "RON": 0.197,
    "RSD": 0.00853,
    "SAR": 0.229,
    "SEK": 0.091,
    "SGD": 0.66,
    "THB": 0.0265,
    "TND": 0.294,
    "TRY": 0.02,
    "TWD": 0.0275,
    "UAH": 0.0204,
    "USD": 0.86,
    "VND": 0.0000327,
    "XAF": 0.00152449,
    "XOF": 0.00152449,
    "ZAR": 0.05,
}
"""Major units of the base currency for one major unit of the currency."""


class UnsupportedCurrency(InputError):
    """No rate is known for the currency."""

    def __init__(self, currency: str) -> None:
        super().__init__(f"currency {currency!r} has no rate; use an ISO 4217 code of the model's rate table")
        self.currency = currency


def to_base_cents(amount_minor: int, currency: str, rates: Mapping[str, float] = RATES) -> int:
    """`amount_minor` (integer minor units of `currency`) in whole cents of the base currency, half to even.

    Raises UnsupportedCurrency for a currency without rate or without known minor unit.
    """
    rate = rates.get(currency)
    exponent = EXPONENTS.get(currency)
    if rate is None or exponent is None:
        raise UnsupportedCurrency(currency)
    if rate == 1.0 and exponent == 2:
        return amount_minor
    return round(amount_minor * rate * _CENTS / 10.0**exponent)

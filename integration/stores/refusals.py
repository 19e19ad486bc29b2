"""Why a store cannot be set up as asked."""


class StoreRefused(Exception):
    """Nothing was changed; the text is one line that says why."""


class NotGiven(StoreRefused):
    """A name, seller id or refresh token is empty or too long."""


class ConnectedInTheFuture(StoreRefused):
    """Orders are taken in from a moment on that has not come."""


class UnknownMarketplace(StoreRefused):
    """No marketplace has this code."""


class UnknownCommerceStore(StoreRefused):
    """No Commerce store has this name."""


class NameTaken(StoreRefused):
    """Another store has this name."""


class AlreadyConnected(StoreRefused):
    """The seller is connected in this marketplace already."""


class AuthorizationRefused(StoreRefused):
    """Amazon refuses the refresh token, or the application."""


class DoesNotTakePart(StoreRefused):
    """The refresh token is good, but its seller does not sell in this marketplace."""


class AmazonUnavailable(StoreRefused):
    """Amazon could not be asked just now."""


class NotInReadOnlyMode(StoreRefused):
    """Amazon is not asked in read-only mode, so nothing can be verified."""

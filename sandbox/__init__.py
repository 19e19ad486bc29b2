"""A local Amazon that speaks the Selling Partner API over HTTP.

It is made to try the product, to train people, to rehearse bad days, and to test and measure the
product against. It imports none of our apps: whatever uses it speaks HTTP, as it would to Amazon.
`server.py` tells how to start it in a test, `control.py` how to steer one that runs elsewhere.
"""

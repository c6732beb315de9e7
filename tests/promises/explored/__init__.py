"""The promises as scenarios: small worlds of tasks, to be run in every order that asyncio permits.

Each takes the package that it is about as its argument, so that an altered copy of it can be tried as well.
"""

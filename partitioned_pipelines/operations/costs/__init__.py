"""What runs used, and what that costs at the prices of a list: pure computation, and the list as AWS gives it.

There is no built-in price: a list is asked for, dated, and named beside each amount.
"""
